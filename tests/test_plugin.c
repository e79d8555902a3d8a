/* Notes. A plugin that the static library is part of, and that is unloaded: a thread that used it ends afterwards, and
 * must not call what is gone. */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#include "support/fake.h"
#include "support/kit.h"

typedef int use(const char *url);

typedef struct user {
    use *plugin;
    const char *url;
    int status;
    sem_t used, unloaded;
} user;

static void *use_and_wait(void *arg)
{
    user *u = arg;

    u->status = u->plugin(u->url);
    sem_post(&u->used);
    sem_wait(&u->unloaded);
    return NULL;
}

static void test_thread_ends_after_the_plugin(void **state)
{
    fake *f = fake_start("CONNECTION *\nHELLO\nSERVE\n");
    void *plugin = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
    user u = {.url = fake_url(f)};
    pthread_t thread;
    void *symbol;
    (void)state;

    assert_non_null(plugin);
    symbol = dlsym(plugin, "use_redpipe");
    assert_non_null(symbol);
    memcpy(&u.plugin, &symbol, sizeof symbol);
    assert_int_equal(sem_init(&u.used, 0, 0), 0);
    assert_int_equal(sem_init(&u.unloaded, 0, 0), 0);
    assert_int_equal(pthread_create(&thread, NULL, use_and_wait, &u), 0);
    assert_int_equal(sem_wait(&u.used), 0);
    assert_int_equal(u.status, 0);
    assert_int_equal(dlclose(plugin), 0);
    assert_null(dlopen(PLUGIN, RTLD_NOW | RTLD_NOLOAD)); /* it is gone */
    assert_int_equal(sem_post(&u.unloaded), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    sem_destroy(&u.used);
    sem_destroy(&u.unloaded);
    fake_stop(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KIT_TEST(test_thread_ends_after_the_plugin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
