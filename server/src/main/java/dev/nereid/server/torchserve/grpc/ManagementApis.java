package dev.nereid.server.torchserve.grpc;

import dev.nereid.proto.torchserve.DescribeModelRequest;
import dev.nereid.proto.torchserve.ListModelsRequest;
import dev.nereid.proto.torchserve.ManagementAPIsServiceGrpc;
import dev.nereid.proto.torchserve.ManagementResponse;
import dev.nereid.proto.torchserve.RegisterModelRequest;
import dev.nereid.proto.torchserve.ScaleWorkerRequest;
import dev.nereid.proto.torchserve.SetDefaultRequest;
import dev.nereid.proto.torchserve.UnregisterModelRequest;
import dev.nereid.server.grpc.Calls;
import dev.nereid.server.torchserve.Management;
import dev.nereid.server.torchserve.Registration;
import dev.nereid.server.torchserve.TorchServeMetrics;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** The calls that manage models. A number that is 0 is taken for one that was not given. */
final class ManagementApis extends ManagementAPIsServiceGrpc.ManagementAPIsServiceImplBase {
    private static final int LISTED = 100;

    private final Management management;
    private final TorchServeMetrics metrics;

    ManagementApis(Management management, TorchServeMetrics metrics) {
        this.management = management;
        this.metrics = metrics;
    }

    private void answer(StreamObserver<ManagementResponse> observer, Supplier<Management.Outcome> call) {
        Calls.answerBlocking(observer, () -> {
            try {
                Management.Outcome outcome = call.get();
                metrics.count(outcome.status());
                return ManagementResponse.newBuilder()
                        .setMsg(new String(outcome.document(), StandardCharsets.UTF_8))
                        .build();
            } catch (RuntimeException e) {
                throw Statuses.of(e);
            }
        });
    }

    private static Optional<String> text(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    private static OptionalInt number(int number) {
        return number == 0 ? OptionalInt.empty() : OptionalInt.of(number);
    }

    @Override
    public void describeModel(DescribeModelRequest message, StreamObserver<ManagementResponse> observer) {
        answer(
                observer,
                () -> management.describe(message.getModelName(), message.getModelVersion(), message.getCustomized()));
    }

    @Override
    public void listModels(ListModelsRequest message, StreamObserver<ManagementResponse> observer) {
        answer(observer, () -> management.list(number(message.getLimit()).orElse(LISTED), message.getNextPageToken()));
    }

    @Override
    public void registerModel(RegisterModelRequest message, StreamObserver<ManagementResponse> observer) {
        answer(
                observer,
                () -> management.register(new Registration(
                        message.getUrl(),
                        text(message.getModelName()),
                        text(message.getHandler()),
                        number(message.getBatchSize()),
                        number(message.getMaxBatchDelay()),
                        number(message.getInitialWorkers()),
                        number(message.getResponseTimeout()),
                        number(message.getStartupTimeout()),
                        message.getSynchronous())));
    }

    @Override
    public void scaleWorker(ScaleWorkerRequest message, StreamObserver<ManagementResponse> observer) {
        answer(
                observer,
                () -> management.scale(
                        message.getModelName(),
                        message.getModelVersion(),
                        new Management.Scale(
                                OptionalInt.of(message.getMinWorker()),
                                number(message.getMaxWorker()),
                                message.getSynchronous())));
    }

    @Override
    public void setDefault(SetDefaultRequest message, StreamObserver<ManagementResponse> observer) {
        answer(observer, () -> management.setDefault(message.getModelName(), message.getModelVersion()));
    }

    @Override
    public void unregisterModel(UnregisterModelRequest message, StreamObserver<ManagementResponse> observer) {
        answer(observer, () -> management.unregister(message.getModelName(), message.getModelVersion()));
    }
}
