package dev.nereid.server.tensorflow.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.tensorflow.ClassificationRequest;
import dev.nereid.proto.tensorflow.Input;
import dev.nereid.proto.tensorflow.MultiInferenceRequest;
import dev.nereid.proto.tensorflow.PredictionLog;
import dev.nereid.proto.tensorflow.RegressionRequest;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.SingleResponse;
import dev.nereid.server.repository.Model;
import dev.nereid.server.tensorflow.Examples;
import dev.nereid.server.tensorflow.Servables;

/** Runs the requests that a version of a model brings to be warmed up with. Any thread; waits for their answers. */
public final class WarmupRequests implements Servables.WarmupRunner {
    private final SlabPool memory;

    /**
     * A runner.
     *
     * @param memory where requests' tensors come from
     */
    public WarmupRequests(SlabPool memory) {
        this.memory = memory;
    }

    @Override
    public void run(Model model, PredictionLog log) {
        try (InferRequest request = request(model, log)) {
            SingleResponse awaited = new SingleResponse(request);
            model.infer(request, awaited);
            awaited.await().close();
        }
    }

    /** Which model a message names does not matter. */
    private InferRequest request(Model model, PredictionLog log) {
        return switch (log.getLogTypeCase()) {
            case PREDICT_LOG ->
                PredictCall.read(
                                model,
                                Long.toString(model.version()),
                                memory,
                                log.getPredictLog().getRequest(),
                                false,
                                System.nanoTime())
                        .request();
            case CLASSIFY_LOG -> {
                ClassificationRequest message = log.getClassifyLog().getRequest();
                yield examples(model, message.getModelSpec().getSignatureName(), message.getInput());
            }
            case REGRESS_LOG -> {
                RegressionRequest message = log.getRegressLog().getRequest();
                yield examples(model, message.getModelSpec().getSignatureName(), message.getInput());
            }
            case MULTI_INFERENCE_LOG -> {
                MultiInferenceRequest message = log.getMultiInferenceLog().getRequest();
                String signature = message.getTasksList().stream()
                        .findFirst()
                        .map(task -> task.getModelSpec().getSignatureName())
                        .orElse("");
                yield examples(model, signature, message.getInput());
            }
            case LOGTYPE_NOT_SET ->
                throw InferException.unsupported(
                        "a record for warm-up holds no request that can be run: expected one for "
                                + "Predict, Classify, Regress or MultiInference");
        };
    }

    private static InferRequest examples(Model model, String signature, Input input) {
        return Examples.request(
                model,
                Examples.signature(model, signature),
                Long.toString(model.version()),
                input,
                System.nanoTime(),
                RequestBudget.unlimited().open());
    }
}
