package dev.nereid.perf;

import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelConfigRequest;
import dev.nereid.proto.inference.ModelConfigResponse;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelMetadataRequest;
import dev.nereid.proto.inference.ModelMetadataResponse;
import dev.nereid.proto.inference.ModelMetadataResponse.TensorMetadata;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.proto.inference.ModelTransactionPolicy;
import dev.nereid.proto.inference.ServerMetadataRequest;
import dev.nereid.proto.inference.ServerMetadataResponse;
import dev.nereid.proto.inference.SystemSharedMemoryRegisterRequest;
import dev.nereid.proto.inference.SystemSharedMemoryRegisterResponse;
import dev.nereid.proto.inference.SystemSharedMemoryUnregisterRequest;
import dev.nereid.proto.inference.SystemSharedMemoryUnregisterResponse;
import dev.nereid.proto.inference.TraceSettingRequest;
import dev.nereid.proto.inference.TraceSettingResponse;
import io.grpc.Codec;
import io.grpc.DecompressorRegistry;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/** A server over gRPC with a {@link FakeModel} named {@code double}. */
final class FakeGrpcServer implements AutoCloseable {
    private static final Metadata.Key<String> ENCODING =
            Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);

    /** zlib's format, which the library does not bring. */
    private static final class Deflate implements Codec {
        @Override
        public String getMessageEncoding() {
            return "deflate";
        }

        @Override
        public OutputStream compress(OutputStream to) {
            return new DeflaterOutputStream(to);
        }

        @Override
        public InputStream decompress(InputStream from) {
            return new InflaterInputStream(from);
        }
    }

    final FakeModel model = new FakeModel();

    /** The compression of each request. */
    final List<String> encodings = new CopyOnWriteArrayList<>();

    final List<Map<String, TraceSettingRequest.SettingValue>> traces = new CopyOnWriteArrayList<>();

    private final int responses;
    private final Server server;

    /** @param responses to each request of a stream; other than 1 makes the model decoupled */
    FakeGrpcServer(Optional<SslContext> tls, int responses) throws IOException {
        this.responses = responses;
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .decompressorRegistry(DecompressorRegistry.getDefaultInstance().with(new Deflate(), true))
                .intercept(new ServerInterceptor() {
                    @Override
                    public <Q, A> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
                        String encoding = headers.get(ENCODING);
                        encodings.add(encoding == null ? "none" : encoding);
                        return next.startCall(call, headers);
                    }
                })
                .addService(new Service());
        tls.ifPresent(builder::sslContext);
        server = builder.build().start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private ModelInferResponse infer(ModelInferRequest request) {
        Map<String, InferParameter> from = request.getInputs(0).getParametersMap();
        Map<String, InferParameter> to = request.getOutputs(0).getParametersMap();
        try {
            ByteBuffer input = from.containsKey("shared_memory_region")
                    ? model.read(
                            parameter(from, "shared_memory_region").getStringParam(),
                            parameter(from, "shared_memory_offset").getInt64Param(),
                            parameter(from, "shared_memory_byte_size").getInt64Param())
                    : request.getRawInputContents(0).asReadOnlyByteBuffer();
            ByteBuffer output = model.answer(input);
            ModelInferResponse.Builder answer = ModelInferResponse.newBuilder().setId(request.getId());
            answer.addOutputsBuilder().setName("OUTPUT0").setDatatype("FP32").addShape(4);
            if (to.containsKey("shared_memory_region")) {
                model.write(parameter(to, "shared_memory_region").getStringParam(), 0, output);
                answer.addRawOutputContents(ByteString.EMPTY);
            } else {
                answer.addRawOutputContents(ByteString.copyFrom(output));
            }
            return answer.build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InferParameter parameter(Map<String, InferParameter> parameters, String name) {
        return parameters.getOrDefault(name, InferParameter.getDefaultInstance());
    }

    private final class Service extends GRPCInferenceServiceImplBase {
        @Override
        public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> answer) {
            one(answer, ServerMetadataResponse.getDefaultInstance());
        }

        @Override
        public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> answer) {
            TensorMetadata.Builder tensor =
                    TensorMetadata.newBuilder().setDatatype("FP32").addShape(4);
            one(
                    answer,
                    ModelMetadataResponse.newBuilder()
                            .setName("double")
                            .addInputs(tensor.setName("INPUT0").build())
                            .addOutputs(tensor.setName("OUTPUT0").build())
                            .build());
        }

        @Override
        public void modelConfig(ModelConfigRequest request, StreamObserver<ModelConfigResponse> answer) {
            one(
                    answer,
                    ModelConfigResponse.newBuilder()
                            .setConfig(ModelConfig.newBuilder()
                                    .setName("double")
                                    .setModelTransactionPolicy(
                                            ModelTransactionPolicy.newBuilder().setDecoupled(responses != 1)))
                            .build());
        }

        @Override
        public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> answer) {
            one(answer, infer(request));
        }

        @Override
        public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> answer) {
            return new StreamObserver<>() {
                @Override
                public void onNext(ModelInferRequest request) {
                    ModelInferResponse response = infer(request);
                    for (int i = 0; i < responses; i++) {
                        answer.onNext(ModelStreamInferResponse.newBuilder()
                                .setInferResponse(response)
                                .build());
                    }
                    if (responses != 1) {
                        answer.onNext(ModelStreamInferResponse.newBuilder()
                                .setInferResponse(ModelInferResponse.newBuilder()
                                        .setId(request.getId())
                                        .putParameters(
                                                "triton_final_response",
                                                InferParameter.newBuilder()
                                                        .setBoolParam(true)
                                                        .build()))
                                .build());
                    }
                }

                @Override
                public void onError(Throwable problem) {
                    // The client has gone.
                }

                @Override
                public void onCompleted() {
                    answer.onCompleted();
                }
            };
        }

        @Override
        public void systemSharedMemoryRegister(
                SystemSharedMemoryRegisterRequest request, StreamObserver<SystemSharedMemoryRegisterResponse> answer) {
            model.calls.add("register");
            model.regions.put(request.getName(), request.getKey());
            one(answer, SystemSharedMemoryRegisterResponse.getDefaultInstance());
        }

        @Override
        public void systemSharedMemoryUnregister(
                SystemSharedMemoryUnregisterRequest request,
                StreamObserver<SystemSharedMemoryUnregisterResponse> answer) {
            model.calls.add("unregister");
            model.regions.remove(request.getName());
            one(answer, SystemSharedMemoryUnregisterResponse.getDefaultInstance());
        }

        @Override
        public void traceSetting(TraceSettingRequest request, StreamObserver<TraceSettingResponse> answer) {
            traces.add(request.getSettingsMap());
            one(answer, TraceSettingResponse.getDefaultInstance());
        }

        private static <T> void one(StreamObserver<T> answer, T message) {
            answer.onNext(message);
            answer.onCompleted();
        }
    }
}
