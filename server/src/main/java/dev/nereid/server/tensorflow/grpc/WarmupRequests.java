package dev.nereid.server.tensorflow.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.tensorflow.ClassificationRequest;
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
        String version = Long.toString(model.version());
        long now = System.nanoTime();
        RequestBudget.Share share = RequestBudget.unlimited().open();
        return switch (log.getLogTypeCase()) {
            case PREDICT_LOG ->
                PredictCall.read(model, version, memory, log.getPredictLog().getRequest(), false, now)
                        .request();
            case CLASSIFY_LOG -> {
                ClassificationRequest message = log.getClassifyLog().getRequest();
                yield Examples.request(model, version, message.getInput(), now, share);
            }
            case REGRESS_LOG -> {
                RegressionRequest message = log.getRegressLog().getRequest();
                yield Examples.request(model, version, message.getInput(), now, share);
            }
            case MULTI_INFERENCE_LOG ->
                Examples.request(
                        model, version, log.getMultiInferenceLog().getRequest().getInput(), now, share);
            case LOGTYPE_NOT_SET ->
                throw InferException.unsupported(
                        "a record for warm-up holds no request that can be run: expected one for "
                                + "Predict, Classify, Regress or MultiInference");
        };
    }
}
