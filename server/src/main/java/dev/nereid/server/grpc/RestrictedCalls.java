package dev.nereid.server.grpc;

import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.ApiKeys;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Restricts calls of protected API groups to clients that send the API key. */
final class RestrictedCalls implements ServerInterceptor {
    private static final String PREFIX = "triton-grpc-protocol-";

    /** By the name of the method. A call that is not here is not restricted, so a test holds that all are. */
    private static final Map<String, ApiGroup> GROUPS = Map.ofEntries(
            Map.entry("Check", ApiGroup.HEALTH),
            Map.entry("Watch", ApiGroup.HEALTH),
            Map.entry("ServerLive", ApiGroup.HEALTH),
            Map.entry("ServerReady", ApiGroup.HEALTH),
            Map.entry("ModelReady", ApiGroup.HEALTH),
            Map.entry("ServerMetadata", ApiGroup.METADATA),
            Map.entry("ModelMetadata", ApiGroup.METADATA),
            Map.entry("ServerReflectionInfo", ApiGroup.METADATA),
            Map.entry("ModelInfer", ApiGroup.INFERENCE),
            Map.entry("ModelStreamInfer", ApiGroup.INFERENCE),
            Map.entry("Predict", ApiGroup.INFERENCE),
            Map.entry("Classify", ApiGroup.INFERENCE),
            Map.entry("Regress", ApiGroup.INFERENCE),
            Map.entry("MultiInference", ApiGroup.INFERENCE),
            Map.entry("GetModelMetadata", ApiGroup.METADATA),
            Map.entry("GetModelStatus", ApiGroup.HEALTH),
            Map.entry("HandleReloadConfigRequest", ApiGroup.MODEL_REPOSITORY),
            Map.entry("ModelConfig", ApiGroup.MODEL_CONFIG),
            Map.entry("ModelStatistics", ApiGroup.STATISTICS),
            Map.entry("RepositoryIndex", ApiGroup.MODEL_REPOSITORY),
            Map.entry("RepositoryModelLoad", ApiGroup.MODEL_REPOSITORY),
            Map.entry("RepositoryModelUnload", ApiGroup.MODEL_REPOSITORY),
            Map.entry("ModelTraffic", ApiGroup.MODEL_REPOSITORY),
            Map.entry("SetModelTraffic", ApiGroup.MODEL_REPOSITORY),
            Map.entry("SystemSharedMemoryStatus", ApiGroup.SHARED_MEMORY),
            Map.entry("SystemSharedMemoryRegister", ApiGroup.SHARED_MEMORY),
            Map.entry("SystemSharedMemoryUnregister", ApiGroup.SHARED_MEMORY),
            Map.entry("CudaSharedMemoryStatus", ApiGroup.SHARED_MEMORY),
            Map.entry("CudaSharedMemoryRegister", ApiGroup.SHARED_MEMORY),
            Map.entry("CudaSharedMemoryUnregister", ApiGroup.SHARED_MEMORY),
            Map.entry("TraceSetting", ApiGroup.TRACE),
            Map.entry("LogSettings", ApiGroup.LOGGING));

    private final ApiKeys keys;

    RestrictedCalls(ApiKeys keys) {
        this.keys = keys;
    }

    /** The group of a method. */
    static Optional<ApiGroup> group(String method) {
        return Optional.ofNullable(GROUPS.get(method));
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
        Optional<String> missing = group(method).flatMap(group -> keys.missing(group, name -> value(headers, name)));
        if (missing.isPresent()) {
            call.close(
                    Status.UNAVAILABLE.withDescription(
                            "This protocol is restricted, expecting header '" + PREFIX + missing.get() + "'"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return next.startCall(call, headers);
    }

    private static Optional<String> value(Metadata headers, String name) {
        return Optional.ofNullable(headers.get(CallMetadata.ascii(PREFIX + name.toLowerCase(Locale.ROOT))));
    }
}
