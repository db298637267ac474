package dev.nereid.server.tensorflow.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.grpc.MessageHeapCost;
import dev.nereid.server.grpc.OpenStreams;
import dev.nereid.server.grpc.ZeroCopyMarshaller;
import dev.nereid.server.tensorflow.Servables;
import dev.nereid.server.tensorflow.TensorflowConfig;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** The front for TensorFlow Serving's gRPC services. */
public final class TensorflowGrpc {
    private TensorflowGrpc() {}

    /**
     * Listens.
     *
     * @param memory where requests' tensors come from
     * @throws UncheckedIOException if the address cannot be bound
     * @throws IllegalArgumentException if the files for TLS do not hold what they should
     */
    public static GrpcFront start(
            TensorflowConfig config, Servables servables, SlabPool memory, Extensions extensions) {
        return GrpcFront.start(
                config.grpc(),
                servables.repository(),
                extensions,
                List.of(
                        new PredictionService(servables, memory, extensions.tracer(), config.tensorContent()),
                        new ModelService(servables)),
                new OpenStreams(),
                Map.of(
                        PredictionServiceGrpc.getPredictMethod().getFullMethodName(),
                        new ZeroCopyMarshaller.Form<>(
                                PredictRequest.parser(), PackedFloats::asContent, MessageHeapCost::ofPredict)));
    }
}
