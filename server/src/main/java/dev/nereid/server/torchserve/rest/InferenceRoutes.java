package dev.nereid.server.torchserve.rest;

import static dev.nereid.server.torchserve.rest.PathTable.ANY;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.http.AwaitedInference;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.torchserve.GsonText;
import dev.nereid.server.torchserve.Management;
import dev.nereid.server.torchserve.Prediction;
import dev.nereid.server.torchserve.RegisteredModels;
import dev.nereid.server.torchserve.RegisteredVersion;
import dev.nereid.server.torchserve.Tokens.Scope;
import dev.nereid.server.torchserve.TorchServeConfig;
import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import dev.nereid.server.torchserve.handler.RequestPart;
import dev.nereid.server.trace.Tracer;
import io.helidon.http.HeaderNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The calls for inference: TorchServe's own, KServe's and SageMaker's. */
final class InferenceRoutes {
    private static final String URL_PATH = "url_path";
    private static final String VERSION = "0.12.0";

    private final RegisteredModels models;
    private final Management management;
    private final TorchServeConfig config;
    private final SlabPool memory;
    private final Tracer tracer;

    InferenceRoutes(
            RegisteredModels models, Management management, TorchServeConfig config, SlabPool memory, Tracer tracer) {
        this.models = models;
        this.management = management;
        this.config = config;
        this.memory = memory;
        this.tracer = tracer;
    }

    void addTo(PathTable table) {
        table.addOpen(ANY, "/ping", this::ping)
                .add(Scope.INFERENCE, "OPTIONS", "/predictions/{model}", this::describeApi)
                .add(Scope.INFERENCE, "OPTIONS", "/predictions/{model}/{version}", this::describeApi)
                .add(Scope.INFERENCE, ANY, "/predictions/{model}", this::predict)
                .add(Scope.INFERENCE, ANY, "/predictions/{model}/{version}", this::predict)
                .add(Scope.INFERENCE, ANY, "/predictions/{model}/{version}/{path...}", this::predict)
                .add(Scope.INFERENCE, ANY, "/explanations/{path...}", InferenceRoutes::explain)
                .add(Scope.INFERENCE, ANY, "/v1/models/{model}:predict", this::predict)
                .add(Scope.INFERENCE, ANY, "/v1/models/{model}:explain", InferenceRoutes::explain)
                .add(Scope.INFERENCE, ANY, "/v2/models/{model}/infer", this::predict)
                .add(Scope.INFERENCE, ANY, "/v2/models/{model}/explain", InferenceRoutes::explain)
                .add(Scope.INFERENCE, ANY, "/v2/models/{model}/versions/{path...}", InferenceRoutes::versioned)
                .addOpen("GET", "/v2", InferenceRoutes::server)
                .addOpen(
                        "GET", "/v2/health/live", call -> call.respond(200, GsonText.of(GsonText.object("live", true))))
                .addOpen(
                        "GET",
                        "/v2/health/ready",
                        call -> call.respond(200, GsonText.of(GsonText.object("ready", true))))
                .add(Scope.INFERENCE, ANY, "/invocations", this::invoke)
                .add(Scope.INFERENCE, "POST", "/models/{model}/invoke", this::invoke);
    }

    /** Adds paths that begin with a model's name, which others must come before. */
    void addLegacyTo(PathTable table) {
        table.add(Scope.INFERENCE, ANY, "/{model}/predict", this::invoke)
                .add(Scope.INFERENCE, ANY, "/{model}/{version}/predict", this::invoke);
    }

    private void ping(RestCall call) {
        Management.Outcome outcome = management.ping();
        call.respond(outcome.status(), outcome.document());
    }

    private static void explain(RestCall call) {
        throw new TorchServeException(
                Kind.NOT_IMPLEMENTED, "Explanations need Python (Captum), which is not run here.");
    }

    private static void versioned(RestCall call) {
        call.respond(501, GsonText.of(GsonText.object("error", "Model versioning is not yet supported.")));
    }

    private static void server(RestCall call) {
        call.respond(
                200,
                GsonText.of(GsonText.object(
                        "name", "Torchserve", "version", VERSION, "extenstion", List.of("kserve", "kubeflow"))));
    }

    private void describeApi(RestCall call) {
        RegisteredVersion version = models.find(call.variable("model"), call.variable("version"));
        call.respond(200, OpenApi.ofModel(version.name()));
    }

    private void predict(RestCall call) {
        RegisteredVersion version = models.find(call.variable("model"), call.variable("version"));
        Map<String, RequestPart> parts = RequestParts.read(call.contentType(), call.body());
        if (!call.variable("path").isEmpty()) {
            parts = with(parts, Map.of(URL_PATH, part(call.variable("path"))));
        }
        answer(call, version, parts);
    }

    /** Parameters of the query are parts of these requests. The model may be named by the path, the query or a field of a form. */
    private void invoke(RestCall call) {
        Map<String, RequestPart> parts = with(call.query(), RequestParts.read(call.contentType(), call.body()));
        String model = Optional.of(call.variable("model"))
                .filter(name -> !name.isEmpty())
                .or(() -> call.parameter("model_name"))
                .or(models::onlyStartupModel)
                .or(() -> Optional.ofNullable(parts.get("model_name"))
                        .map(part -> new String(part.bytes(), StandardCharsets.UTF_8)))
                .orElseThrow(() -> new TorchServeException(Kind.BAD_REQUEST, "Parameter model_name is required."));
        answer(call, models.find(model, call.variable("version")), parts);
    }

    private static RequestPart part(String text) {
        return new RequestPart(text.getBytes(StandardCharsets.UTF_8), "");
    }

    private static Map<String, RequestPart> with(Map<String, RequestPart> parts, Map<String, RequestPart> more) {
        Map<String, RequestPart> all = new LinkedHashMap<>(parts);
        all.putAll(more);
        return all;
    }

    private void answer(RestCall call, RegisteredVersion version, Map<String, RequestPart> parts) {
        TorchServeConfig.SequenceHeaders names = config.defaults().session();
        Prediction.Sequence sequence = Prediction.Sequence.of(
                version, call.exchange().header(names.id()), isTrue(call, names.start()), isTrue(call, names.end()));
        Duration client = Duration.ofMillis(version.settings().clientTimeoutMillis());
        Duration worker = Duration.ofSeconds(version.settings().responseTimeoutSeconds());
        boolean ofClient = client.isPositive() && client.compareTo(worker) < 0;
        Prediction.Asked asked = new Prediction.Asked(
                version,
                !call.variable("version").isEmpty(),
                parts,
                sequence,
                config.limits().response());
        try (Prediction prediction =
                Prediction.of(asked, memory, call.exchange().memory())) {
            if (prediction.isOfSequence()) {
                call.exchange().setHeader(HeaderNames.create(names.id()), sequence.id());
            }
            if (prediction.isRun()) {
                new StreamedAnswer(call, prediction, tracer).run(ofClient ? client : worker);
                return;
            }
            try {
                new AwaitedInference(tracer, ofClient ? client : worker)
                        .run(
                                call.exchange(),
                                prediction.model(),
                                prediction.request(),
                                response -> call.respondUntyped(prediction.answer(response, call.requestId())));
            } catch (InferException e) {
                if (ofClient && e.code() == InferException.Code.DEADLINE_EXCEEDED) {
                    throw new TorchServeException(
                            Kind.TIMEOUT, "Request timed out after " + client.toMillis() + " ms", e);
                }
                throw prediction.failure(e);
            }
        }
    }

    private static boolean isTrue(RestCall call, String header) {
        return call.exchange().header(header).filter("true"::equalsIgnoreCase).isPresent();
    }
}
