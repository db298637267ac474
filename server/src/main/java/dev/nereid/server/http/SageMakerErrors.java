package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import java.util.List;

/** The statuses by which SageMaker tells what to do about a model that fails. */
final class SageMakerErrors {
    private static final int BAD_REQUEST = 400;
    private static final int CONFLICT = 409;

    /** For lack of memory: SageMaker unloads another model and tries again. */
    private static final int INSUFFICIENT_STORAGE = 507;

    /** What errors for lack of memory say: Triton's list for the frameworks of its backends, and then our own. */
    private static final List<String> NO_MEMORY = List.of(
            "CUDA out of memory",
            "CUDA_OUT_OF_MEMORY",
            "Out of memory",
            "Out Of Memory",
            "out of memory",
            "MemoryError",
            "OutOfMemory",
            "OOM",
            "Dst tensor is not initialized",
            "Src tensor is not initialized",
            "CNMEM_STATUS_OUT_OF_MEMORY",
            "CUDNN_STATUS_NOT_INITIALIZED",
            "CUBLAS_STATUS_ALLOC_FAILED",
            "CUBLAS_STATUS_NOT_INITIALIZED",
            "Failed to allocate memory",
            "failed to allocate memory",
            "No space left on device",
            "(--memory-limit)",
            "Java heap space",
            "no memory left");

    private SageMakerErrors() {}

    /** The status of an error. */
    static int status(InferException error) {
        if (error.code() == InferException.Code.ALREADY_EXISTS) {
            return CONFLICT;
        }
        return NO_MEMORY.stream().anyMatch(error.text()::contains) ? INSUFFICIENT_STORAGE : BAD_REQUEST;
    }
}
