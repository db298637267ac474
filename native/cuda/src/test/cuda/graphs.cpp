// Graphs of the emulated driver: what a stream was told while it was recorded, done again by one call. TESTS ONLY.
//
// Held to the real driver's rules: a recording belongs to the thread that began it; what cannot be recorded, such as
// waiting or allocating, fails and spoils the recording; nothing that is recorded is done.
#include <atomic>

#include "state.h"

struct CUgraph_st {
    CUctx_st* context;
    std::shared_ptr<emulated::Work> work;
};

struct CUgraphExec_st {
    CUctx_st* context;
    std::shared_ptr<emulated::Work> work;
};

namespace {

thread_local CUstream capturing = nullptr;
std::atomic<int> graphs(0);
std::atomic<int> replays(0);
std::atomic<bool> refusing(false);

}  // namespace

void emulated::submit(CUstream stream, std::function<void()> task) {
    if (stream->captured) {
        stream->captured->push_back(std::move(task));
    } else {
        stream->stream->enqueue(std::move(task));
    }
}

bool emulated::mayNotCapture() {
    if (capturing == nullptr) {
        return false;
    }
    capturing->captureBroken = true;
    return true;
}

#pragma GCC visibility push(default)
extern "C" {

// Graphs that there are, and calls that started one.
int nereid_emulated_graphs() { return graphs; }

int nereid_emulated_replays() { return replays; }

// Whether recordings fail from now on.
void nereid_emulated_refuse_graphs(int refuse) { refusing = refuse != 0; }

CUresult cuStreamBeginCapture_v2(CUstream stream, int mode) {
    CUresult state = emulated::check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (stream == nullptr || stream->context != emulated::current || stream->captured || capturing || mode != 1) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    stream->captured = std::make_unique<emulated::Work>();
    stream->captureBroken = false;
    capturing = stream;
    return CUDA_SUCCESS;
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph* graph) {
    if (stream == nullptr || capturing != stream) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    capturing = nullptr;
    std::shared_ptr<emulated::Work> work = std::move(stream->captured);
    if (stream->captureBroken || refusing) {
        *graph = nullptr;
        return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    }
    graphs++;
    *graph = new CUgraph_st{stream->context, std::move(work)};
    return emulated::check();
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, unsigned long long flags) {
    CUresult state = emulated::check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (graph == nullptr || flags != 0) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    graphs++;
    *executable = new CUgraphExec_st{graph->context, graph->work};
    return CUDA_SUCCESS;
}

CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
    CUresult state = emulated::check();
    if (state != CUDA_SUCCESS) {
        return state;
    }
    if (executable == nullptr || stream == nullptr || stream->context != executable->context) {
        return CUDA_ERROR_INVALID_VALUE;
    }
    replays++;
    std::shared_ptr<emulated::Work> work = executable->work;
    emulated::submit(stream, [work] {
        for (const auto& task : *work) {
            task();
        }
    });
    return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) {
    graphs--;
    delete graph;
    return CUDA_SUCCESS;
}

CUresult cuGraphExecDestroy(CUgraphExec executable) {
    graphs--;
    delete executable;
    return CUDA_SUCCESS;
}

}  // extern "C"
