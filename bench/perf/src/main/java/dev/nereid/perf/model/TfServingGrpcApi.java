package dev.nereid.perf.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Any;
import com.google.protobuf.util.JsonFormat;
import dev.nereid.proto.tensorflow.GetModelMetadataRequest;
import dev.nereid.proto.tensorflow.GetModelMetadataResponse;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.proto.tensorflow.SignatureDefMap;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** TensorFlow Serving over gRPC, as perf_analyzer asks it: it describes a model's signatures, and keeps no statistics. */
public final class TfServingGrpcApi implements ServerApi {
    private static final String SIGNATURES = "signature_def";
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().preservingProtoFieldNames();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_SECONDS = 30;

    private final Channel channel;
    private final String signature;

    /**
     * A server behind a channel.
     *
     * @param channel with the metadata that the server wants; its owner closes it
     * @param signature what requests ask for
     */
    public TfServingGrpcApi(Channel channel, String signature) {
        this.channel = channel;
        this.signature = signature;
    }

    @Override
    public ModelContract contract(String model, String version) {
        try {
            GetModelMetadataResponse answer = PredictionServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
                    .getModelMetadata(GetModelMetadataRequest.newBuilder()
                            .setModelSpec(TfServingVersions.spec(model, version))
                            .addMetadataField(SIGNATURES)
                            .build());
            Any signatures = answer.getMetadataOrDefault(SIGNATURES, Any.getDefaultInstance());
            JsonNode json = JSON.readTree(PRINTER.print(SignatureDefMap.parseFrom(signatures.getValue())));
            return TfServingContract.of(json.path(SIGNATURES), model, version, signature);
        } catch (StatusRuntimeException e) {
            throw ServerException.refused(e);
        } catch (IOException e) {
            throw new ServerException("the metadata of the model '" + model + "' cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        // The channel belongs to its owner.
    }
}
