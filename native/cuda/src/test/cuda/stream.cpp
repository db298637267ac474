#include "stream.h"

#include <exception>

namespace emulated {

Stream::Stream(std::function<void(const char*)> report) : report(std::move(report)), thread([this] { work(); }) {}

Stream::~Stream() {
    {
        std::lock_guard<std::mutex> lock(mutex);
        ending = true;
    }
    changed.notify_all();
    thread.join();
}

void Stream::enqueue(std::function<void()> task) {
    {
        std::lock_guard<std::mutex> lock(mutex);
        tasks.push_back(std::move(task));
    }
    changed.notify_all();
}

void Stream::synchronize() {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [this] { return tasks.empty() && !busy; });
}

void Stream::work() {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
        changed.wait(lock, [this] { return ending || !tasks.empty(); });
        if (tasks.empty()) {
            return;
        }
        std::function<void()> task = std::move(tasks.front());
        tasks.pop_front();
        busy = true;
        lock.unlock();
        try {
            task();
        } catch (const std::exception& e) {
            report(e.what());
        }
        lock.lock();
        busy = false;
        changed.notify_all();
    }
}

}  // namespace emulated
