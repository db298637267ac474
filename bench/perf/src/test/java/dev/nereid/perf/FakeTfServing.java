package dev.nereid.perf;

import com.google.protobuf.Any;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.GetModelMetadataRequest;
import dev.nereid.proto.tensorflow.GetModelMetadataResponse;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictResponse;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc.PredictionServiceImplBase;
import dev.nereid.proto.tensorflow.SignatureDef;
import dev.nereid.proto.tensorflow.SignatureDefMap;
import dev.nereid.proto.tensorflow.TensorInfo;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** TensorFlow Serving over gRPC with a model named {@code double}, whose answer is always the same. */
final class FakeTfServing implements AutoCloseable {
    final List<PredictRequest> requests = new CopyOnWriteArrayList<>();
    final List<GetModelMetadataRequest> asked = new CopyOnWriteArrayList<>();

    private final Map<String, DataType> inputs;
    private final Map<String, TensorProto> answer;
    private final Server server;

    /** A server whose model takes {@code inputs} of the shape [-1, 2] and answers with {@code answer}. */
    FakeTfServing(Map<String, DataType> inputs, Map<String, TensorProto> answer) throws IOException {
        this.inputs = inputs;
        this.answer = answer;
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new Service())
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    static TensorShapeProto shape(long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            shape.addDimBuilder().setSize(dim);
        }
        return shape.build();
    }

    private static TensorInfo info(DataType type) {
        return TensorInfo.newBuilder()
                .setDtype(type)
                .setTensorShape(shape(-1, 2))
                .build();
    }

    private final class Service extends PredictionServiceImplBase {
        @Override
        public void getModelMetadata(GetModelMetadataRequest request, StreamObserver<GetModelMetadataResponse> to) {
            asked.add(request);
            if (!request.getModelSpec().getName().equals("double")) {
                to.onError(Status.NOT_FOUND
                        .withDescription("Servable not found for request")
                        .asRuntimeException());
                return;
            }
            SignatureDef.Builder signature = SignatureDef.newBuilder();
            inputs.forEach((name, type) -> signature.putInputs(name, info(type)));
            answer.forEach((name, tensor) -> signature.putOutputs(name, info(tensor.getDtype())));
            to.onNext(GetModelMetadataResponse.newBuilder()
                    .putMetadata(
                            "signature_def",
                            Any.pack(SignatureDefMap.newBuilder()
                                    .putSignatureDef("serving_default", signature.build())
                                    .build()))
                    .build());
            to.onCompleted();
        }

        @Override
        public void predict(PredictRequest request, StreamObserver<PredictResponse> to) {
            requests.add(request);
            to.onNext(PredictResponse.newBuilder().putAllOutputs(answer).build());
            to.onCompleted();
        }
    }
}
