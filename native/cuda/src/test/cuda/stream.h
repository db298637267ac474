// A stream of the emulated driver: a thread that runs what is given to it in order. TESTS ONLY.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace emulated {

class Stream {
public:
    // report: called with the message of a task that failed
    explicit Stream(std::function<void(const char*)> report);
    ~Stream();

    void enqueue(std::function<void()> task);
    void synchronize();

private:
    void work();

    std::function<void(const char*)> report;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> tasks;
    bool busy = false;
    bool ending = false;
    std::thread thread;
};

}  // namespace emulated
