# Flags for all that is built here, the tests, examples and benchmark included.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes)
if(RP_WERROR)
    add_compile_options(-Werror)
    add_link_options(LINKER:--fatal-warnings)
endif()

if(RP_DEBUG_ARENA)
    add_compile_definitions(RPI_ARENA_DEBUG)
endif()

if(RP_SANITIZE)
    add_compile_options(-fsanitize=${RP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${RP_SANITIZE})
else()
    add_link_options($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY>:LINKER:--no-undefined>)
endif()
