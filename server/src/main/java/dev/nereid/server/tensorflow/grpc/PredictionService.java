package dev.nereid.server.tensorflow.grpc;

import com.google.protobuf.Any;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.tensorflow.ClassificationRequest;
import dev.nereid.proto.tensorflow.ClassificationResponse;
import dev.nereid.proto.tensorflow.GetModelMetadataRequest;
import dev.nereid.proto.tensorflow.GetModelMetadataResponse;
import dev.nereid.proto.tensorflow.InferenceResult;
import dev.nereid.proto.tensorflow.InferenceTask;
import dev.nereid.proto.tensorflow.Input;
import dev.nereid.proto.tensorflow.ModelSpec;
import dev.nereid.proto.tensorflow.MultiInferenceRequest;
import dev.nereid.proto.tensorflow.MultiInferenceResponse;
import dev.nereid.proto.tensorflow.PredictRequest;
import dev.nereid.proto.tensorflow.PredictResponse;
import dev.nereid.proto.tensorflow.PredictionServiceGrpc;
import dev.nereid.proto.tensorflow.RegressionRequest;
import dev.nereid.proto.tensorflow.RegressionResponse;
import dev.nereid.server.grpc.Calls;
import dev.nereid.server.grpc.UnaryCall;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.SingleResponse;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.tensorflow.Examples;
import dev.nereid.server.tensorflow.RequestMetrics;
import dev.nereid.server.tensorflow.ServableSpec;
import dev.nereid.server.tensorflow.Servables;
import dev.nereid.server.tensorflow.SignatureMessages;
import dev.nereid.server.trace.Tracer;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Function;

/** Inference and the description of models, as TensorFlow Serving's clients ask for them. */
final class PredictionService extends PredictionServiceGrpc.PredictionServiceImplBase {
    private static final String SIGNATURES = "signature_def";
    private static final String CLASSIFY = "tensorflow/serving/classify";
    private static final String REGRESS = "tensorflow/serving/regress";

    private final Servables servables;
    private final SlabPool memory;
    private final Tracer tracer;
    private final boolean asContent;

    /** @param asContent whether tensors are answered as bytes */
    PredictionService(Servables servables, SlabPool memory, Tracer tracer, boolean asContent) {
        this.servables = servables;
        this.memory = memory;
        this.tracer = tracer;
        this.asContent = asContent;
    }

    @Override
    public void predict(PredictRequest message, StreamObserver<PredictResponse> observer) {
        long received = System.nanoTime();
        new UnaryCall<>("Predict", tracer, counted("Predict", message.getModelSpec(), observer))
                .start(() -> PredictCall.read(servables, memory, message, asContent, received));
    }

    /** The observer of a call that counts how it ends. */
    private <A> StreamObserver<A> counted(String api, ModelSpec spec, StreamObserver<A> observer) {
        return new CountingObserver<>(
                (ServerCallStreamObserver<A>) observer,
                (status, received) ->
                        servables.answered(spec.getName(), api, RequestMetrics.Entrypoint.GRPC, status, received));
    }

    /** A message with examples, as a request. */
    private record ExamplesCall<A>(Model model, InferRequest request, Function<InferResponse, A> writer)
            implements UnaryCall.Decoded<A> {
        @Override
        public A answer(InferResponse response) {
            return writer.apply(response);
        }
    }

    @Override
    public void classify(ClassificationRequest message, StreamObserver<ClassificationResponse> observer) {
        long received = System.nanoTime();
        new UnaryCall<>("Classify", tracer, counted("Classify", message.getModelSpec(), observer)).start(() -> {
            Model found = find(message.hasModelSpec(), message.getModelSpec(), true);
            InferRequest request = request(message.getModelSpec(), found, message.getInput(), received);
            Model model = servables.repository().route(found, request, UnaryCall.origin());
            return new ExamplesCall<>(
                    model,
                    request,
                    response -> ClassificationResponse.newBuilder()
                            .setModelSpec(ModelSpecs.of(
                                    response, message.getModelSpec().getSignatureName()))
                            .setResult(Examples.classifications(response))
                            .build());
        });
    }

    @Override
    public void regress(RegressionRequest message, StreamObserver<RegressionResponse> observer) {
        long received = System.nanoTime();
        new UnaryCall<>("Regress", tracer, counted("Regress", message.getModelSpec(), observer)).start(() -> {
            Model found = find(message.hasModelSpec(), message.getModelSpec(), false);
            InferRequest request = request(message.getModelSpec(), found, message.getInput(), received);
            Model model = servables.repository().route(found, request, UnaryCall.origin());
            return new ExamplesCall<>(
                    model,
                    request,
                    response -> RegressionResponse.newBuilder()
                            .setModelSpec(ModelSpecs.of(
                                    response, message.getModelSpec().getSignatureName()))
                            .setResult(Examples.regressions(response))
                            .build());
        });
    }

    /** Finds a model that classifies, or one that regresses. */
    private Model find(boolean given, ModelSpec spec, boolean classifies) {
        Model model = servables.find(ModelSpecs.read(given, spec));
        ModelSignature signature = Examples.signature(model, spec.getSignatureName());
        if (classifies) {
            Examples.checkClassifies(signature);
        } else {
            Examples.checkRegresses(signature);
        }
        return model;
    }

    /** The call's own memory is counted while its message is parsed. */
    private static InferRequest request(ModelSpec message, Model model, Input input, long received) {
        ServableSpec spec = ModelSpecs.read(true, message);
        return Examples.request(
                model,
                Examples.signature(model, message.getSignatureName()),
                spec.insistedVersion(model),
                input,
                received,
                RequestBudget.unlimited().open());
    }

    @Override
    public void multiInference(MultiInferenceRequest message, StreamObserver<MultiInferenceResponse> observer) {
        Calls.answerBlocking(observer, () -> {
            if (message.getTasksCount() == 0) {
                throw InferException.invalid("Inference request must have at least one task.");
            }
            String name = message.getTasks(0).getModelSpec().getName();
            MultiInferenceResponse.Builder answer = MultiInferenceResponse.newBuilder();
            for (InferenceTask task : message.getTasksList()) {
                if (!task.getModelSpec().getName().equals(name)) {
                    throw InferException.invalid(
                            "All ModelSpecs in a MultiInferenceRequest must access the same model " + "name.");
                }
                answer.addResults(result(task, message.getInput()));
            }
            return answer.build();
        });
    }

    private InferenceResult result(InferenceTask task, Input input) {
        boolean classifies = task.getMethodName().equals(CLASSIFY);
        if (!classifies && !task.getMethodName().equals(REGRESS)) {
            throw InferException.unsupported("Unsupported signature method_name: " + task.getMethodName());
        }
        Model model = find(task.hasModelSpec(), task.getModelSpec(), classifies);
        InferenceResult.Builder result = InferenceResult.newBuilder()
                .setModelSpec(ModelSpecs.of(model, task.getModelSpec().getSignatureName()));
        try (InferRequest request = request(task.getModelSpec(), model, input, System.nanoTime())) {
            SingleResponse awaited = new SingleResponse(request);
            model.infer(request, awaited);
            try (InferResponse response = awaited.await()) {
                return classifies
                        ? result.setClassificationResult(Examples.classifications(response))
                                .build()
                        : result.setRegressionResult(Examples.regressions(response))
                                .build();
            }
        }
    }

    @Override
    public void getModelMetadata(GetModelMetadataRequest message, StreamObserver<GetModelMetadataResponse> observer) {
        Calls.answer(observer, () -> {
            if (message.getMetadataFieldCount() == 0) {
                throw InferException.invalid("GetModelMetadataRequest must specify at least one metadata_field");
            }
            for (String field : message.getMetadataFieldList()) {
                if (!field.equals(SIGNATURES)) {
                    throw InferException.invalid("Metadata field " + field + " is not supported");
                }
            }
            Model model = servables.find(ModelSpecs.read(message.hasModelSpec(), message.getModelSpec()));
            return GetModelMetadataResponse.newBuilder()
                    .setModelSpec(ModelSpecs.of(model, "").toBuilder().setSignatureName(""))
                    .putMetadata(SIGNATURES, Any.pack(SignatureMessages.of(model)))
                    .build();
        });
    }
}
