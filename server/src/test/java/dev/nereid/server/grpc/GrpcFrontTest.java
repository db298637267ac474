package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceStub;
import dev.nereid.proto.inference.InferParameter;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import dev.nereid.proto.inference.ModelStreamInferResponse;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.proto.inference.ServerLiveResponse;
import dev.nereid.server.CapturedLog;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.statement.Statement;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class GrpcFrontTest extends RunningFrontTest {
    private static final Duration SECONDS = Duration.ofSeconds(10);
    static final List<String> DATATYPES = IdentityModels.DATATYPES;

    private GRPCInferenceServiceBlockingStub blocking() {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(SECONDS);
    }

    private static CompletableFuture<ModelInferResponse> start(
            GRPCInferenceServiceStub stub, ModelInferRequest request) {
        FirstAnswer<ModelInferResponse> answer = new FirstAnswer<>();
        stub.modelInfer(request, answer);
        return answer;
    }

    private void awaitInFlight(int count) throws InterruptedException {
        for (int i = 0; i < 500 && running.repository().inFlight() != count; i++) {
            Thread.sleep(10);
        }
        assertThat(running.repository().inFlight()).isEqualTo(count);
    }

    @ParameterizedTest
    @FieldSource("DATATYPES")
    void carriesRawTensorsOfEveryDatatype(String datatype) {
        byte[] data = new byte[16];
        for (int i = 4; i < 16; i++) {
            data[i] = datatype.equals("BOOL") ? (byte) (i & 1) : (byte) (i * 31);
        }
        data[0] = datatype.equals("BYTES") ? (byte) 12 : 1;
        long elements = switch (datatype) {
            case "BYTES" -> 1;
            case "UINT64", "INT64", "FP64" -> 2;
            case "UINT32", "INT32", "FP32" -> 4;
            case "UINT16", "INT16", "FP16", "BF16" -> 8;
            default -> 16;
        };

        ModelInferResponse response = blocking()
                .modelInfer(IdentityModels.request(IdentityModels.name(datatype), datatype, 1, elements)
                        .addRawInputContents(ByteString.copyFrom(data))
                        .build());

        assertThat(response.getOutputs(0).getDatatype()).isEqualTo(datatype);
        assertThat(response.getOutputs(0).getShapeList()).containsExactly(1L, elements);
        assertThat(response.getRawOutputContents(0)).isEqualTo(ByteString.copyFrom(data));
    }

    @Test
    void takesMessagesBeyondTheLibrarysFourMebibytes() {
        ByteString data = ByteString.copyFrom(new byte[6 << 20]);

        ModelInferResponse response = blocking()
                .modelInfer(IdentityModels.request(IdentityModels.name("UINT8"), "UINT8", 1, data.size())
                        .addRawInputContents(data)
                        .build());

        assertThat(response.getRawOutputContents(0)).isEqualTo(data);
    }

    @Test
    void answersAStreamInTheOrderOfItsRequests() {
        List<ModelStreamInferResponse> answers = WholeStream.of(
                channel,
                IdentityModels.numbers(IdentityModels.SLOW, "slow", 1),
                IdentityModels.numbers(IdentityModels.name("INT32"), "quick", 2),
                IdentityModels.numbers("unknown", "wrong", 3));

        assertThat(answers)
                .extracting(response -> response.getInferResponse().getId())
                .containsExactly("slow", "quick", "wrong");
        assertThat(answers.getLast().getErrorMessage()).isEqualTo("Request for unknown model: 'unknown' is not found");
    }

    @Test
    void givesMemoryBackWhenTheClientIsGone() throws InterruptedException {
        GRPCInferenceServiceBlockingStub hasty =
                GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(50, TimeUnit.MILLISECONDS);
        blocking().serverLive(ServerLiveRequest.getDefaultInstance());

        assertThatThrownBy(() -> hasty.modelInfer(IdentityModels.numbers(IdentityModels.SLOW, "", 1)))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
        awaitInFlight(0);
    }

    /** The request waits behind one that runs; a model without a batcher would hand it to its backend even so. */
    @Test
    @Statement({156, 157})
    void cancelsTheRequestOfACallThatIsClosed() throws InterruptedException {
        CompletableFuture<ModelInferResponse> first =
                start(GRPCInferenceServiceGrpc.newStub(channel), IdentityModels.numbers(IdentityModels.QUEUED, "a", 1));
        awaitInFlight(1);
        ModelStatistics statistics =
                running.repository().find(IdentityModels.QUEUED, "").statistics();
        Future<ModelInferResponse> hasty = GRPCInferenceServiceGrpc.newFutureStub(channel)
                .modelInfer(IdentityModels.numbers(IdentityModels.QUEUED, "b", 1));
        for (int i = 0; i < 500 && statistics.snapshot().pendingCount() == 0; i++) {
            Thread.sleep(10);
        }
        try (CapturedLog log = CapturedLog.of(CallCancellation.class)) {
            hasty.cancel(true);
            log.await("[request id: b] Cancellation issued for ModelInferHandler");
            assertThat(log.lines()).containsOnlyOnce("Cancellation notification received for ModelInferHandler");
        }
        assertThat(first.orTimeout(10, TimeUnit.SECONDS).join().getId()).isEqualTo("a");
        awaitInFlight(0);
        assertThat(statistics.snapshot().failures()).containsEntry(ModelStatistics.FailureReason.CANCELED, 1L);
    }

    @Test
    void finishesWhatIsInFlightWhenItStops() throws InterruptedException {
        CompletableFuture<ModelInferResponse> answer = start(
                GRPCInferenceServiceGrpc.newStub(channel), IdentityModels.numbers(IdentityModels.SLOW, "last", 7));
        awaitInFlight(1);

        assertThat(running.front().stop(SECONDS)).isTrue();
        assertThat(answer.orTimeout(10, TimeUnit.SECONDS).join().getId()).isEqualTo("last");
    }

    @Test
    void leavesCallsThatItDoesNotHaveUnimplemented() {
        MethodDescriptor<ServerLiveRequest, ServerLiveResponse> unknown =
                GRPCInferenceServiceGrpc.getServerLiveMethod().toBuilder()
                        .setFullMethodName("inference.GRPCInferenceService/ServerAsleep")
                        .build();
        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(
                        channel, unknown, CallOptions.DEFAULT, ServerLiveRequest.getDefaultInstance()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
                    assertThat(e.getStatus().getDescription()).isNull();
                });
    }

    private void refused(ModelInferRequest.Builder request, Status.Code code, String text) {
        assertThatThrownBy(() -> blocking().modelInfer(request.build()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).isEqualTo(code);
                    assertThat(e.getStatus().getDescription()).isEqualTo(text);
                });
    }

    @Test
    void saysWhatIsWrongWithAnInputsContents() {
        String unexpected = "unexpected explicit tensor data for input tensor 'INPUT0' for model 'batched_INT32'";
        for (String datatype : new String[] {"", "FOO", "FP32"}) {
            ModelInferRequest.Builder request = IdentityModels.request("batched_INT32", datatype, 1, 1);
            request.getInputsBuilder(0).getContentsBuilder().addIntContents(1);
            refused(
                    request,
                    Status.Code.INVALID_ARGUMENT,
                    unexpected + " of type 'INT32', expected datatype '"
                            + (datatype.equals("FP32") ? datatype : "<invalid>") + "'");
        }
        ModelInferRequest.Builder twice = IdentityModels.request("batched_INT32", "INT32", 1, 1);
        twice.getInputsBuilder(0).getContentsBuilder().addIntContents(1).addInt64Contents(1);
        refused(twice, Status.Code.INVALID_ARGUMENT, unexpected + ", binary data was already supplied.");
    }

    @Test
    void findsANameThatComesTwiceBeforeItLooksForData() {
        ModelInferRequest.Builder inputs = IdentityModels.request("batched_INT32", "INT32", 1, 1);
        inputs.addInputs(inputs.getInputs(0));
        refused(
                inputs,
                Status.Code.INVALID_ARGUMENT,
                "[request id: <id_unknown>] input 'INPUT0' already exists in request");
        ModelInferRequest.Builder outputs = IdentityModels.request("batched_INT32", "INT32", 1, 1);
        outputs.addOutputsBuilder().setName("OUTPUT0");
        outputs.addOutputsBuilder().setName("OUTPUT0");
        refused(
                outputs,
                Status.Code.INVALID_ARGUMENT,
                "[request id: <id_unknown>] output 'OUTPUT0' already exists in request");
    }

    @Test
    void refusesSequenceIdsThatAreTooLong() {
        ModelInferRequest.Builder request = IdentityModels.numbers("batched_INT32", "", 1).toBuilder();
        request.putParameters(
                "sequence_id",
                InferParameter.newBuilder().setStringParam("x".repeat(128)).build());
        assertThat(blocking().modelInfer(request.build()).getOutputsCount()).isEqualTo(1);
        request.putParameters(
                "sequence_id",
                InferParameter.newBuilder().setStringParam("x".repeat(129)).build());
        refused(request, Status.Code.UNIMPLEMENTED, "string correlation ID cannot be longer than 128 characters");
    }

    @Test
    void saysWhyItCannotListen() {
        assertThatThrownBy(() -> GrpcFront.start(
                        new GrpcConfig("127.0.0.1", running.front().port(), "triton"),
                        running.repository(),
                        running.memory()))
                .hasMessageContaining(
                        "gRPC cannot listen on 127.0.0.1:" + running.front().port());
    }
}
