import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

/** The species of an iris by grpc-java's stubs. On the class path: kserve-proto, grpc-stub, grpc-protobuf, grpc-netty-shaded. */
public class IrisStub {
    public static void main(String[] arguments) {
        String server = arguments.length > 0 ? arguments[0] : "localhost:8001";
        ByteBuffer features = ByteBuffer.allocate(4 * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float feature : new float[] {6.7f, 3.0f, 5.2f, 2.3f}) {
            features.putFloat(feature);
        }
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("iris");
        request.addInputsBuilder()
                .setName("features")
                .setDatatype("FP32")
                .addShape(1)
                .addShape(4);
        request.addRawInputContents(ByteString.copyFrom(features.flip()));

        ManagedChannel channel =
                ManagedChannelBuilder.forTarget(server).usePlaintext().build();
        try {
            ModelInferResponse response = GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(10, TimeUnit.SECONDS)
                    .modelInfer(request.build());
            for (int i = 0; i < response.getOutputsCount(); i++) {
                ModelInferResponse.InferOutputTensor output = response.getOutputs(i);
                System.out.println(output.getName() + " " + output.getShapeList() + " " + values(response, i));
            }
        } finally {
            channel.shutdownNow();
        }
    }

    /** Outputs are raw bytes in the order of their descriptions; a string has its length before it. */
    private static String values(ModelInferResponse response, int index) {
        ByteString data = response.getRawOutputContents(index);
        if (response.getOutputs(index).getDatatype().equals("BYTES")) {
            return data.substring(4).toStringUtf8();
        }
        ByteBuffer bytes = data.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        StringBuilder text = new StringBuilder();
        while (bytes.hasRemaining()) {
            text.append(text.isEmpty() ? "" : ", ").append(bytes.getFloat());
        }
        return text.toString();
    }
}
