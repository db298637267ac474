package dev.nereid.server.torchserve.archive;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import java.util.Objects;
import java.util.Optional;

/**
 * {@code MAR-INF/MANIFEST.json} of a model archive. Texts that are missing are empty.
 *
 * @param serializedFile the file with the model
 * @param handler a default handler's name or a file, perhaps with {@code :method}
 * @param modelFile Python class of an eager model
 * @param sourceVocab vocabulary of the handler for texts
 * @param envelope name of the service envelope
 */
public record Manifest(
        String createdOn,
        String runtime,
        String archiverVersion,
        String modelName,
        String modelVersion,
        String handler,
        String serializedFile,
        String modelFile,
        String extensions,
        String requirementsFile,
        String configFile,
        String sourceVocab,
        String envelope) {
    private static final String DEFAULT_VERSION = "1.0";

    public Manifest {
        Objects.requireNonNull(modelName, "modelName");
        Objects.requireNonNull(modelVersion, "modelVersion");
        Objects.requireNonNull(handler, "handler");
    }

    /**
     * Reads a manifest.
     *
     * @throws InferException if it is no JSON, or has no model with a name
     */
    static Manifest parse(byte[] json) {
        JsonValue root = JsonValue.parse(json, 0, json.length);
        JsonValue model = root.find("model")
                .filter(JsonValue::isObject)
                .orElseThrow(() -> InferException.invalid("expected an object with the object 'model'"));
        String name = text(model, "modelName");
        if (name.isEmpty()) {
            throw InferException.invalid("expected a text 'modelName' in 'model'");
        }
        String version = text(model, "modelVersion");
        return new Manifest(
                note(root, "createdOn"),
                note(root, "runtime"),
                note(root, "archiverVersion"),
                name,
                version.isEmpty() ? DEFAULT_VERSION : version,
                text(model, "handler"),
                text(model, "serializedFile"),
                text(model, "modelFile"),
                note(model, "extensions"),
                note(model, "requirementsFile"),
                text(model, "configFile"),
                text(model, "sourceVocab"),
                text(model, "envelope"));
    }

    /** A text that is only shown. */
    private static String note(JsonValue object, String name) {
        return object.find(name)
                .filter(JsonValue::isString)
                .map(JsonValue::asString)
                .orElse("");
    }

    private static String text(JsonValue object, String name) {
        Optional<JsonValue> value = object.find(name).filter(member -> !member.isNull());
        if (value.isEmpty()) {
            return "";
        }
        if (!value.get().isString()) {
            throw InferException.invalid("expected a text as '" + name + "'");
        }
        return value.get().asString();
    }
}
