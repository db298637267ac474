package dev.nereid.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Reads Kubernetes manifests and says what is wrong with them. Objects of Kubernetes itself are checked by its model, where a field of
 * another name or type is an error; custom resources by schemas.yaml of the test resources.
 */
final class Manifests {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String CORE = "io.fabric8.kubernetes.api.model.";

    /** The model's types collect unknown fields; here they are errors. */
    private static final ObjectMapper STRICT = new ObjectMapper()
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                    return false;
                }
            })
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

    private static final Map<String, Class<? extends KubernetesResource>> MODELS = Map.of(
            "v1 Service", Service.class,
            "apps/v1 Deployment", Deployment.class,
            "autoscaling/v2 HorizontalPodAutoscaler", HorizontalPodAutoscaler.class,
            "networking.k8s.io/v1 NetworkPolicy", NetworkPolicy.class,
            "policy/v1 PodDisruptionBudget", PodDisruptionBudget.class);

    private static final JsonNode SCHEMAS = read(Path.of("src/test/resources/kubernetes/schemas.yaml"))
            .getFirst()
            .get("kinds");

    private Manifests() {}

    /** The documents of a YAML file. */
    static List<JsonNode> read(Path file) {
        try {
            return parse(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<JsonNode> parse(String yaml) {
        Iterable<Object> documents = new Load(LoadSettings.builder().build()).loadAllFromString(yaml);
        return StreamSupport.stream(documents.spliterator(), false)
                .<JsonNode>map(MAPPER::valueToTree)
                .toList();
    }

    static String kind(JsonNode manifest) {
        return manifest.path("apiVersion").asText() + " "
                + manifest.path("kind").asText();
    }

    /** What is wrong with an object, a sentence each. */
    static List<String> errors(JsonNode manifest) {
        List<String> errors = new ArrayList<>();
        Class<?> model = MODELS.get(kind(manifest));
        JsonNode schema = SCHEMAS.get(kind(manifest));
        if (model != null) {
            strict(model, manifest, "", errors);
        } else if (schema != null) {
            manifest.fieldNames().forEachRemaining(name -> {
                if (!List.of("apiVersion", "kind", "metadata", "spec").contains(name)) {
                    errors.add(name + ": unknown field");
                }
            });
            strict(ObjectMeta.class, manifest.path("metadata"), "metadata", errors);
            walk(schema, manifest.path("spec"), "spec", errors);
        } else {
            errors.add("'" + kind(manifest) + "': no schema");
        }
        if (manifest.path("metadata").path("name").asText().isEmpty()) {
            errors.add("metadata.name: missing");
        }
        return errors;
    }

    private static void strict(Class<?> type, JsonNode value, String path, List<String> errors) {
        try {
            STRICT.treeToValue(value, type);
        } catch (JsonProcessingException e) {
            errors.add(path + ": " + e.getMessage());
        }
    }

    private static void walk(JsonNode schema, JsonNode value, String path, List<String> errors) {
        if (schema.has("x-core")) {
            try {
                strict(Class.forName(CORE + schema.get("x-core").asText()), value, path, errors);
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
            return;
        }
        String type = schema.get("type").asText();
        boolean fits = switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            default -> throw new IllegalStateException("schema of " + path + ": type '" + type + "'");
        };
        if (!fits) {
            errors.add(path + ": expected " + type + ", got " + value);
            return;
        }
        if (schema.has("enum")
                && StreamSupport.stream(schema.get("enum").spliterator(), false).noneMatch(value::equals)) {
            errors.add(path + ": expected one of " + schema.get("enum") + ", got " + value);
        }
        if (schema.has("minimum") && value.asLong() < schema.get("minimum").asLong()) {
            errors.add(path + ": expected at least " + schema.get("minimum") + ", got " + value);
        }
        for (JsonNode name : schema.path("required")) {
            if (!value.has(name.asText())) {
                errors.add(path + "." + name.asText() + ": missing");
            }
        }
        if (type.equals("object")) {
            value.properties()
                    .forEach(field -> member(schema, field.getKey())
                            .ifPresentOrElse(
                                    inner -> walk(inner, field.getValue(), path + "." + field.getKey(), errors), () -> {
                                        if (!schema.path("additionalProperties").asBoolean()) {
                                            errors.add(path + "." + field.getKey() + ": unknown field");
                                        }
                                    }));
        } else if (type.equals("array")) {
            for (int i = 0; i < value.size(); i++) {
                walk(schema.get("items"), value.get(i), path + "[" + i + "]", errors);
            }
        }
    }

    /** The schema of an object's field; empty if it has none. */
    private static Optional<JsonNode> member(JsonNode schema, String name) {
        JsonNode own = schema.path("properties").path(name);
        JsonNode inner = own.isMissingNode() ? schema.path("additionalProperties") : own;
        return inner.isObject() ? Optional.of(inner) : Optional.empty();
    }
}
