// Calls as C++ programs write them: in templates and lambdas, with structured bindings and raw strings, with options in
// each. No server is needed: what is queued is never sent.
#include <string>

#include <redpipe/redpipe.h>

struct session {
    const char *key;
    int64_t seconds;
};

template <class value> static rp_future *store(rp_pipe *pipe, const std::string &key, value x)
{
    return rp_set(pipe, rp_b(key.data(), key.size()), x, .ex = 60, .nx = true);
}

int main()
{
    rp_pipe *pipe = rp_pipeline(nullptr, .name = "other");
    auto push = [&](auto x) {
        rp_set(pipe, "last", x, .px = 500);
        return rp_rpush_array(pipe, "list", RP_LIST("first", x));
    };
    auto [key, seconds] = session{"s", 20};
    std::string text = "text";

    push(1), push("a"), push(text.c_str()), push(1.5);
    store(pipe, text, 1UL), store(pipe, text, "a"), store(pipe, text, true);
    rp_set(pipe, key, [] { return 1; }(), .ex = seconds);
    rp_expire(pipe, key, seconds);
    rp_lrange(pipe, "list", 0, text.size());
    rp_zunion(pipe, RP_LIST("a", key), .weights = RP_LIST(seconds, 2));
    rp_eval(pipe, R"(
        return "\n" .. 'x')", 0);
    bool queued = rp_outcome_of(rp_ping(pipe)) == RP_QUEUED;
    rp_free(pipe);
    return queued ? 0 : 1;
}
