package dev.nereid.perf.nullserver;

import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.nereid.proto.inference.ModelConfigRequest;
import dev.nereid.proto.inference.ModelConfigResponse;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelMetadataResponse;
import dev.nereid.proto.inference.ModelMetadataResponse.TensorMetadata;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.proto.inference.ServerMetadataRequest;
import dev.nereid.proto.inference.ServerMetadataResponse;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Answers every call on the loopback interface with the same small message. One thread. */
public final class NullGrpcServer implements AutoCloseable {
    private static final ModelInferResponse INFERENCE =
            ModelInferResponse.newBuilder().setModelName(NullAnswers.MODEL).build();

    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Server server;

    /** Listens on {@code port}; 0 for any that is free. */
    public NullGrpcServer(int port) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .channelType(NioServerSocketChannel.class)
                .directExecutor()
                .addService(new Service())
                .build()
                .start();
    }

    public int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
        var _ = loop.shutdownGracefully();
    }

    private static final class Service extends GRPCInferenceServiceImplBase {
        @Override
        public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> answer) {
            one(answer, ServerMetadataResponse.newBuilder().setName("null").build());
        }

        @Override
        public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> answer) {
            one(
                    answer,
                    ModelMetadataResponse.newBuilder()
                            .setName(NullAnswers.MODEL)
                            .addInputs(TensorMetadata.newBuilder()
                                    .setName("INPUT0")
                                    .setDatatype("FP32")
                                    .addShape(16))
                            .addOutputs(TensorMetadata.newBuilder()
                                    .setName("OUTPUT0")
                                    .setDatatype("FP32")
                                    .addShape(1))
                            .build());
        }

        @Override
        public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> answer) {
            one(answer, ModelConfigResponse.getDefaultInstance());
        }

        @Override
        public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> answer) {
            one(answer, INFERENCE);
        }

        @Override
        public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> answer) {
            return new StreamObserver<>() {
                @Override
                public void onNext(ModelInferRequest request) {
                    answer.onNext(ModelStreamInferResponse.newBuilder()
                            .setInferResponse(INFERENCE.toBuilder().setId(request.getId()))
                            .build());
                }

                @Override
                public void onError(Throwable problem) {
                    // The client has gone; there is nobody to tell.
                }

                @Override
                public void onCompleted() {
                    answer.onCompleted();
                }
            };
        }

        private static <T> void one(StreamObserver<T> answer, T message) {
            answer.onNext(message);
            answer.onCompleted();
        }
    }
}
