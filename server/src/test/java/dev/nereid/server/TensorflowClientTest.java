package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.config.Front;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.TensorProto;
import org.tensorflow.framework.TensorShapeProto;
import tensorflow.serving.GetModelMetadata;
import tensorflow.serving.GetModelStatus;
import tensorflow.serving.Model;
import tensorflow.serving.Predict;

/** Messages by classes that TensorFlow's own files were compiled to, with the bytes on the wire. */
class TensorflowClientTest {
    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    @TempDir
    private static Path folder;

    private static RunningServers servers;
    private static ManagedChannel channel;

    @BeforeAll
    static void start() {
        servers = new RunningServers(folder);
        TensorflowModels.halves(folder.resolve("halves/1"));
        Server server = servers.start("--tensorflow-grpc-port=0", "--allow-http=false", "--allow-grpc=false");
        channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", server.port(Front.TENSORFLOW_GRPC).orElseThrow())
                .usePlaintext()
                .build();
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        servers.close();
    }

    private static byte[] call(String method, byte[] request) {
        MethodDescriptor<byte[], byte[]> descriptor = MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName("tensorflow.serving." + method)
                .setRequestMarshaller(BYTES)
                .setResponseMarshaller(BYTES)
                .build();
        return ClientCalls.blockingUnaryCall(channel, descriptor, CallOptions.DEFAULT, request);
    }

    @Test
    void predictionsAreReadAndWritten() throws Exception {
        TensorShapeProto shape = TensorShapeProto.newBuilder()
                .addDim(TensorShapeProto.Dim.newBuilder().setSize(1))
                .addDim(TensorShapeProto.Dim.newBuilder().setSize(2))
                .build();
        byte[] request = Predict.PredictRequest.newBuilder()
                .setModelSpec(Model.ModelSpec.newBuilder().setName("halves"))
                .putInputs(
                        "x",
                        TensorProto.newBuilder()
                                .setDtype(DataType.DT_FLOAT)
                                .setTensorShape(shape)
                                .addFloatVal(3)
                                .addFloatVal(5)
                                .build())
                .build()
                .toByteArray();
        Predict.PredictResponse response =
                Predict.PredictResponse.parseFrom(call("PredictionService/Predict", request));
        TensorProto y = response.getOutputsOrThrow("y");
        assertThat(y.getDtype()).isEqualTo(DataType.DT_FLOAT);
        assertThat(y.getTensorShape().getDim(1).getSize()).isEqualTo(2);
        assertThat(y.getFloatValList()).containsExactly(1.5f, 2.5f);
        assertThat(response.getModelSpec().getName()).isEqualTo("halves");
        assertThat(response.getModelSpec().getVersion().getValue()).isEqualTo(1);
    }

    @Test
    void metadataAndStatusAreRead() throws Exception {
        byte[] metadata = GetModelMetadata.GetModelMetadataRequest.newBuilder()
                .setModelSpec(Model.ModelSpec.newBuilder().setName("halves"))
                .addMetadataField("signature_def")
                .build()
                .toByteArray();
        GetModelMetadata.SignatureDefMap signatures = GetModelMetadata.GetModelMetadataResponse.parseFrom(
                        call("PredictionService/GetModelMetadata", metadata))
                .getMetadataOrThrow("signature_def")
                .unpack(GetModelMetadata.SignatureDefMap.class);
        assertThat(signatures
                        .getSignatureDefOrThrow("serving_default")
                        .getInputsOrThrow("x")
                        .getName())
                .isEqualTo("x:0");
        byte[] status = GetModelStatus.GetModelStatusRequest.newBuilder()
                .setModelSpec(Model.ModelSpec.newBuilder().setName("halves"))
                .build()
                .toByteArray();
        assertThat(GetModelStatus.GetModelStatusResponse.parseFrom(call("ModelService/GetModelStatus", status))
                        .getModelVersionStatus(0)
                        .getState())
                .isEqualTo(GetModelStatus.ModelVersionStatus.State.AVAILABLE);
    }
}
