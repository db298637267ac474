package dev.nereid.server.tensorflow.rest;

import com.google.protobuf.ByteString;
import dev.nereid.proto.tensorflow.BytesList;
import dev.nereid.proto.tensorflow.ClassificationResult;
import dev.nereid.proto.tensorflow.Example;
import dev.nereid.proto.tensorflow.ExampleList;
import dev.nereid.proto.tensorflow.ExampleListWithContext;
import dev.nereid.proto.tensorflow.Feature;
import dev.nereid.proto.tensorflow.FloatList;
import dev.nereid.proto.tensorflow.Input;
import dev.nereid.proto.tensorflow.Int64List;
import dev.nereid.proto.tensorflow.RegressionResult;
import dev.nereid.server.http.AwaitedInference;
import dev.nereid.server.http.ContentType;
import dev.nereid.server.http.Exchange;
import dev.nereid.server.http.RequestBodies;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.protocol.json.WireText;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.validation.ModelSignature;
import dev.nereid.server.tensorflow.Examples;
import dev.nereid.server.tensorflow.ServableSpec;
import dev.nereid.server.tensorflow.Servables;
import java.util.Optional;

/**
 * Answers requests to classify and to regress, whose examples become messages for the model's one input. Source:
 * json_tensor.cc.
 */
final class ExamplesHandler {
    private static final String EXAMPLES = "examples";

    private final Servables servables;
    private final RequestBodies bodies;
    private final AwaitedInference inference;

    ExamplesHandler(Servables servables, RequestBodies bodies, AwaitedInference inference) {
        this.servables = servables;
        this.bodies = bodies;
        this.inference = inference;
    }

    /**
     * Answers one request.
     *
     * @param method {@code classify} or {@code regress}
     * @throws InferException if the body holds no examples, or the model takes none
     */
    void handle(Exchange exchange, ServableSpec spec, String method) {
        long received = System.nanoTime();
        JsonValue root = PredictHandler.read(bodies, exchange);
        String signatureName = PredictHandler.signatureName(root);
        Input input = input(root);
        Model model = servables.find(spec);
        PredictHandler.checkOneResponse(model);
        ModelSignature signature = Examples.signature(model, signatureName);
        boolean classify = method.equals("classify");
        if (classify) {
            Examples.checkClassifies(signature);
        } else {
            Examples.checkRegresses(signature);
        }
        InferRequest request =
                Examples.request(model, signature, spec.insistedVersion(model), input, received, exchange.memory());
        Model routed = servables.repository().route(model, request, exchange.origin());
        inference.run(exchange, routed, request, response -> {
            PrettyJson json = new PrettyJson(0, exchange.memory());
            if (classify) {
                write(json, Examples.classifications(response));
            } else {
                write(json, Examples.regressions(response));
            }
            exchange.respond(200, ContentType.JSON, json.buffer(), json.length());
        });
    }

    private static void write(PrettyJson json, ClassificationResult result) {
        json.beginObject().name("results").beginArray();
        result.getClassificationsList().forEach(classes -> {
            json.singleLine(true);
            json.beginArray();
            classes.getClassesList().forEach(each -> {
                json.beginArray();
                json.string(each.getLabelBytes().toByteArray()).value(each.getScore());
                json.endArray();
            });
            json.endArray();
            json.singleLine(false);
        });
        json.endArray().endObject();
    }

    private static void write(PrettyJson json, RegressionResult result) {
        json.beginObject().name("results");
        json.singleLine(true);
        json.beginArray();
        result.getRegressionsList().forEach(each -> json.value(each.getValue()));
        json.endArray().endObject();
    }

    private static Input input(JsonValue root) {
        Optional<Example> context = root.find("context").map(ExamplesHandler::example);
        JsonValue list = root.find(EXAMPLES)
                .orElseThrow(() ->
                        wrong(root, "When method is classify, key '" + EXAMPLES + "' is expected and was not found"));
        if (!list.isArray()) {
            throw wrong(root, "Expecting '" + EXAMPLES + "' value to be an list/array");
        }
        JsonValue.Elements elements = list.elements();
        if (!elements.next()) {
            throw wrong(root, "'" + EXAMPLES + "' value is an empty array");
        }
        ExampleList.Builder examples = ExampleList.newBuilder();
        do {
            examples.addExamples(example(elements.value()));
        } while (elements.next());
        return context.map(shared -> Input.newBuilder()
                        .setExampleListWithContext(ExampleListWithContext.newBuilder()
                                .addAllExamples(examples.getExamplesList())
                                .setContext(shared)))
                .orElseGet(() -> Input.newBuilder().setExampleList(examples))
                .build();
    }

    private static InferException wrong(JsonValue value, String what) {
        return InferException.invalid("JSON Value: " + TensorJson.excerpt(value) + " " + what);
    }

    private static Example example(JsonValue value) {
        if (!value.isObject()) {
            throw InferException.invalid("Example must be JSON object but got JSON " + TensorJson.typeName(value));
        }
        Example.Builder example = Example.newBuilder();
        value.forEachMember((name, content) -> example.getFeaturesBuilder().putFeature(name, feature(name, content)));
        return example.build();
    }

    private static Feature feature(String name, JsonValue content) {
        FeatureBuilder feature = new FeatureBuilder(name);
        if (content.isArray()) {
            JsonValue.Elements elements = content.elements();
            while (elements.next()) {
                feature.add(elements.value());
            }
        } else {
            feature.add(content);
        }
        return feature.build();
    }

    /** Gathers the elements of a feature, which are all of one kind. */
    private static final class FeatureBuilder {
        /** What a message takes for an element beside the element. */
        private static final long ELEMENT_BYTES = 64;

        private final String name;
        private final Feature.Builder feature = Feature.newBuilder();

        private FeatureBuilder(String name) {
            this.name = name;
        }

        private Feature build() {
            return feature.build();
        }

        private void add(JsonValue value) {
            value.takeHeap(ELEMENT_BYTES);
            if (value.isNull() || value.isArray() || (value.isObject() && !TensorJson.isBase64(value))) {
                throw InferException.invalid(
                        "Feature: " + name + " has element with unexpected JSON type: " + TensorJson.typeName(value));
            }
            if (value.isString() || value.isObject()) {
                check(Feature.KindCase.BYTES_LIST);
                byte[] bytes = value.isString() ? WireText.encode(value.asString()) : TensorJson.base64(value);
                BytesList.Builder list = feature.getBytesListBuilder();
                list.addValue(ByteString.copyFrom(bytes));
            } else if (value.isBool()) {
                addInteger(value.asBool() ? 1 : 0);
            } else if (value.isLong()) {
                addInteger(value.asLong());
            } else if (value.isUnsigned()) {
                check(Feature.KindCase.INT64_LIST);
                throw InferException.invalid("Feature: " + name + " has uint64 element. Only int64 is supported.");
            } else {
                check(Feature.KindCase.FLOAT_LIST);
                FloatList.Builder list = feature.getFloatListBuilder();
                list.addValue((float) value.asDouble());
            }
        }

        private void addInteger(long value) {
            check(Feature.KindCase.INT64_LIST);
            Int64List.Builder list = feature.getInt64ListBuilder();
            list.addValue(value);
        }

        private void check(Feature.KindCase kind) {
            if (feature.getKindCase() == Feature.KindCase.KIND_NOT_SET || feature.getKindCase() == kind) {
                return;
            }
            String expected = switch (feature.getKindCase()) {
                case BYTES_LIST -> "bytes";
                case FLOAT_LIST -> "float";
                case INT64_LIST -> "int64";
                case KIND_NOT_SET -> "UNKNOWN";
            };
            throw InferException.invalid(
                    "Unexpected element type in feature: " + name + " expecting type: " + expected);
        }
    }
}
