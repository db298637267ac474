package dev.nereid.server.torchserve.rest;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.torchserve.GsonText;
import dev.nereid.server.torchserve.Management;
import dev.nereid.server.torchserve.RegisteredModels;
import dev.nereid.server.torchserve.RegisteredVersion;
import dev.nereid.server.torchserve.Registration;
import dev.nereid.server.torchserve.Tokens;
import dev.nereid.server.torchserve.Tokens.Scope;
import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The calls that manage models. */
final class ManagementRoutes {
    private static final String MODEL = "/models/{model}";
    private static final String VERSION = MODEL + "/{version}";

    private final RegisteredModels models;
    private final Management management;
    private final Tokens tokens;

    ManagementRoutes(RegisteredModels models, Management management, Tokens tokens) {
        this.models = models;
        this.management = management;
        this.tokens = tokens;
    }

    void addTo(PathTable table) {
        table.addOpen("GET", "/v2/models/{model}/ready", this::ready)
                .add(Scope.API, "GET", "/token", this::newToken)
                .add(Scope.MANAGEMENT, "GET", "/models", this::list)
                .add(Scope.MANAGEMENT, "POST", "/models", this::register)
                .add(Scope.MANAGEMENT, "GET", MODEL, this::describe)
                .add(Scope.MANAGEMENT, "GET", VERSION, this::describe)
                .add(Scope.MANAGEMENT, "PUT", MODEL, this::scale)
                .add(Scope.MANAGEMENT, "PUT", VERSION, this::scale)
                .add(Scope.MANAGEMENT, "DELETE", MODEL, this::unregister)
                .add(Scope.MANAGEMENT, "DELETE", VERSION, this::unregister)
                .add(Scope.MANAGEMENT, "PUT", VERSION + "/set-default", this::setDefault)
                .add(
                        Scope.MANAGEMENT,
                        "OPTIONS",
                        MODEL,
                        call -> call.respond(200, OpenApi.ofModel(find(call).name())))
                .add(Scope.MANAGEMENT, "GET", "/v1/models/{model}", this::ready);
    }

    private RegisteredVersion find(RestCall call) {
        return models.find(call.variable("model"), call.variable("version"));
    }

    private static void answer(RestCall call, Management.Outcome outcome) {
        call.respond(outcome.status(), outcome.document());
    }

    private void newToken(RestCall call) {
        call.respond(200, tokens.renew(call.parameter("type").orElse("")));
    }

    private void list(RestCall call) {
        answer(
                call,
                management.list(
                        call.number("limit").orElse(100),
                        call.number("next_page_token").orElse(0)));
    }

    private void describe(RestCall call) {
        answer(
                call,
                management.describe(
                        call.variable("model"), call.variable("version"), isTrue(call.parameter("customized"))));
    }

    private void ready(RestCall call) {
        RegisteredVersion version = find(call);
        boolean ready = version.workers().stream().anyMatch(RegisteredVersion.Worker::ready);
        call.respond(200, GsonText.of(GsonText.object("name", version.name(), "ready", ready)));
    }

    private void scale(RestCall call) {
        answer(
                call,
                management.scale(
                        call.variable("model"),
                        call.variable("version").isEmpty()
                                ? call.parameter("model_version").orElse("")
                                : call.variable("version"),
                        new Management.Scale(
                                call.number("min_worker"),
                                call.number("max_worker"),
                                isTrue(call.parameter("synchronous")))));
    }

    private void unregister(RestCall call) {
        answer(call, management.unregister(call.variable("model"), call.variable("version")));
    }

    private void setDefault(RestCall call) {
        answer(call, management.setDefault(call.variable("model"), call.variable("version")));
    }

    private static boolean isTrue(Optional<String> text) {
        return text.filter("true"::equalsIgnoreCase).isPresent();
    }

    /** The parameters come in the query, or as members of a JSON object. */
    private void register(RestCall call) {
        Map<String, String> given = call.contentType().toLowerCase(Locale.ROOT).startsWith("application/json")
                ? members(call)
                : query(call);
        String url = given.getOrDefault("url", "");
        if (!given.containsKey("url")) {
            throw new TorchServeException(Kind.BAD_REQUEST, "Parameter url is required.");
        }
        answer(
                call,
                management.register(new Registration(
                        url,
                        Optional.ofNullable(given.get("model_name")),
                        Optional.ofNullable(given.get("handler")),
                        RestCall.number("batch_size", Optional.ofNullable(given.get("batch_size"))),
                        RestCall.number("max_batch_delay", Optional.ofNullable(given.get("max_batch_delay"))),
                        RestCall.number("initial_workers", Optional.ofNullable(given.get("initial_workers"))),
                        RestCall.number("response_timeout", Optional.ofNullable(given.get("response_timeout"))),
                        RestCall.number("startup_timeout", Optional.ofNullable(given.get("startup_timeout"))),
                        isTrue(Optional.ofNullable(given.get("synchronous"))))));
    }

    private static Map<String, String> query(RestCall call) {
        Map<String, String> given = new HashMap<>();
        call.query().forEach((name, part) -> given.put(name, new String(part.bytes(), StandardCharsets.UTF_8)));
        return given;
    }

    private static Map<String, String> members(RestCall call) {
        byte[] body = call.body();
        try {
            JsonValue root =
                    JsonValue.parse(body, 0, body.length, call.exchange().memory());
            if (!root.isObject()) {
                throw InferException.invalid("expected a JSON object, got " + root.excerpt(80));
            }
            Map<String, String> given = query(call);
            root.forEachMember((name, value) -> {
                if (!value.isNull()) {
                    given.put(name, value.isString() ? value.asString() : value.excerpt(80));
                }
            });
            return given;
        } catch (InferException e) {
            throw new TorchServeException(Kind.BAD_REQUEST, e.text(), e);
        }
    }
}
