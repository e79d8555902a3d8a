/* Plays a section of a script on one connection of a fake server. */
#ifndef TESTS_PLAY_H
#define TESTS_PLAY_H

#include "peer.h"

/* Plays the section on a connected socket, then closes that. number is the connection's, from 1. */
void play(const stage *s, const section *steps, int fd, unsigned number);

#endif
