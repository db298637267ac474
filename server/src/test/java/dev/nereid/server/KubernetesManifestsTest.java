package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The manifests of deploy/: each object by its schema, and the references between them. `.ci/image` builds the overlays with kubectl
 * and runs the Deployment.
 */
class KubernetesManifestsTest {
    private static final Path DEPLOY = Path.of("../deploy");
    private static final Path DEPLOYMENT = DEPLOY.resolve("kubernetes/base/deployment.yaml");
    private static final Path CANARY = DEPLOY.resolve("kserve/examples/canary.yaml");
    private static final Path GRAPH = DEPLOY.resolve("kserve/examples/graph.yaml");
    private static final Path RUNTIME = DEPLOY.resolve("kserve/base/tritonserver.yaml");

    /** Objects by file, those of one file in order. */
    private static final Map<Path, List<JsonNode>> OBJECTS = new TreeMap<>();

    @BeforeAll
    static void read() throws IOException {
        try (Stream<Path> files = Files.walk(DEPLOY)) {
            files.filter(file -> file.toString().endsWith(".yaml"))
                    .filter(file -> !file.endsWith("kustomization.yaml") && !file.endsWith("adapter-rules.yaml"))
                    .forEach(file -> OBJECTS.put(file, Manifests.read(file)));
        }
    }

    private static List<JsonNode> of(String kind) {
        return OBJECTS.values().stream()
                .flatMap(List::stream)
                .filter(object -> Manifests.kind(object).endsWith(" " + kind))
                .toList();
    }

    private static JsonNode deployment() {
        return of("Deployment").getFirst();
    }

    private static JsonNode podLabels() {
        return deployment().at("/spec/template/metadata/labels");
    }

    /** The containers of everything that runs pods. */
    private static List<JsonNode> containers() {
        List<JsonNode> containers = new ArrayList<>();
        OBJECTS.values()
                .forEach(objects -> objects.forEach(
                        object -> object.findValues("containers").forEach(list -> list.forEach(containers::add))));
        return containers;
    }

    @Test
    void everyObjectMatchesItsSchema() {
        assertThat(OBJECTS).hasSizeGreaterThan(15);
        OBJECTS.forEach((file, objects) -> assertThat(objects)
                .isNotEmpty()
                .allSatisfy(object ->
                        assertThat(Manifests.errors(object)).as(file.toString()).isEmpty()));
    }

    @ParameterizedTest
    @CsvSource({
        "deployment, replicas: 2, replicas: two",
        "deployment, livenessProbe, livenesProbe",
        "deployment, containerPort: 8000, containerPort: http",
        "deployment, drop:, dorp:",
        "deployment, apps/v1, apps/v2",
        "deployment, '  name: nereid\nspec', '  labels: {}\nspec'",
        "canary, minReplicas: 1, minReplicas: one",
        "canary, storageUri, storageUrl",
        "canary, scaleMetric: concurrency, scaleMetric: requests",
        "canary, predictor:, predicter:",
        "graph, routerType: Splitter, routerType: Canary",
        "graph, weight: 90, wieght: 90",
        "graph, dependency: Hard, dependency: hard",
        "runtime, containers:, container:",
        "runtime, priority: 1, priority: 0",
        "runtime, autoSelect: true, autoSelect: 1",
        "runtime, '          port: 8080', '          prot: 8080'",
    })
    void aMistakeIsFound(String name, String right, String wrong) throws IOException {
        Path file = Map.of("deployment", DEPLOYMENT, "canary", CANARY, "graph", GRAPH, "runtime", RUNTIME)
                .get(name);
        String text = Files.readString(file);
        assertThat(text).contains(right);
        assertThat(Manifests.errors(Manifests.parse(text.replace(right, wrong)).getFirst()))
                .isNotEmpty();
    }

    @Test
    void everythingThatSelectsPodsSelectsThoseOfTheDeployment() {
        List<JsonNode> selectors = new ArrayList<>();
        of("Service").stream()
                .filter(service -> service.path("apiVersion").asText().equals("v1"))
                .forEach(service -> selectors.add(service.at("/spec/selector")));
        for (String kind : List.of("Deployment", "PodDisruptionBudget")) {
            of(kind).forEach(object -> selectors.add(object.at("/spec/selector/matchLabels")));
        }
        of("NetworkPolicy").forEach(object -> selectors.add(object.at("/spec/podSelector/matchLabels")));

        assertThat(selectors)
                .hasSize(5)
                .allSatisfy(selector -> assertThat(selector.properties())
                        .isNotEmpty()
                        .isSubsetOf(podLabels().properties()));
    }

    @Test
    void theServiceMonitorSelectsOneServiceAndAPortOfIt() throws IOException {
        JsonNode monitor = of("ServiceMonitor").getFirst();
        // The label that kustomization.yaml adds to every object.
        assertThat(Files.readString(DEPLOYMENT.resolveSibling("kustomization.yaml")))
                .contains("app.kubernetes.io/name: nereid");
        String component = monitor.at("/spec/selector/matchLabels/app.kubernetes.io~1component")
                .asText();
        List<JsonNode> selected = of("Service").stream()
                .filter(service -> service.at("/metadata/labels/app.kubernetes.io~1component")
                        .asText()
                        .equals(component))
                .toList();

        assertThat(component).isNotEmpty();
        assertThat(selected).hasSize(1);
        assertThat(selected.getFirst().at("/spec/ports").findValuesAsText("name"))
                .contains(monitor.at("/spec/endpoints/0/port").asText());
    }

    @Test
    void portsThatAreNamedAreThoseOfTheContainer() {
        Set<String> names = new HashSet<>(
                deployment().findValue("containers").get(0).path("ports").findValuesAsText("name"));
        List<String> used = new ArrayList<>();
        for (String kind : List.of("Service", "Deployment", "NetworkPolicy")) {
            for (JsonNode object : of(kind)) {
                used.addAll(object.findValuesAsText("targetPort"));
                object.findValues("httpGet")
                        .forEach(probe -> used.add(probe.path("port").asText()));
                object.findValues("ingress").forEach(rule -> used.addAll(rule.findValuesAsText("port")));
            }
        }
        assertThat(used).contains("http", "grpc", "metrics");
        assertThat(used).filteredOn(name -> !name.isEmpty()).isSubsetOf(names);
    }

    @Test
    void autoscalersScaleTheDeploymentByTheMetricThatTheAdapterMakes() {
        String name = deployment().at("/metadata/name").asText();
        JsonNode autoscaler = of("HorizontalPodAutoscaler").getFirst();
        JsonNode rules = Manifests.read(DEPLOY.resolve("kubernetes/components/hpa/adapter-rules.yaml"))
                .getFirst();

        assertThat(of("ScaledObject").getFirst().at("/spec/scaleTargetRef/name").asText())
                .isEqualTo(name);
        assertThat(autoscaler.at("/spec/scaleTargetRef/name").asText()).isEqualTo(name);
        assertThat(autoscaler.findValues("metric"))
                .extracting(metric -> metric.path("name").asText())
                .hasSameElementsAs(rules.findValuesAsText("as"));
        for (JsonNode rule : rules.path("rules")) {
            // What is looked for is what is asked.
            String series = rule.path("seriesQuery").asText().replaceAll("\\{.*", "");
            assertThat(rule.path("metricsQuery").asText()).contains(series + "{<<.LabelMatchers>>}");
        }
    }

    @Test
    void aPodHasTimeToStop() {
        JsonNode pod = deployment().at("/spec/template/spec");
        int drain = seconds(pod.path("containers").get(0), "--drain-delay-secs");
        int exit = seconds(pod.path("containers").get(0), "--exit-timeout-secs");

        assertThat(drain).isPositive();
        assertThat(pod.path("terminationGracePeriodSeconds").asInt()).isGreaterThanOrEqualTo(drain + exit + 5);
    }

    /** Knative refuses it, and serverless InferenceServices are Knative's; plain ones have the grace period of Kubernetes, 30 s. */
    @Test
    void runtimesOfKServeStopWithoutALifecycleHook() {
        List<JsonNode> containers = new ArrayList<>();
        of("ClusterServingRuntime").forEach(runtime -> containers.add(runtime.at("/spec/containers/0")));
        containers.add(Manifests.read(DEPLOY.resolve("knative/service.yaml"))
                .getFirst()
                .at("/spec/template/spec/containers/0"));

        assertThat(containers).hasSize(4).allSatisfy(container -> {
            assertThat(container.path("image").asText()).isNotEmpty();
            assertThat(container.has("lifecycle")).isFalse();
        });
        JsonNode triton = Manifests.read(RUNTIME).getFirst().at("/spec/containers/0");
        assertThat(seconds(triton, "--drain-delay-secs")).isPositive();
        assertThat(seconds(triton, "--drain-delay-secs") + seconds(triton, "--exit-timeout-secs") + 5)
                .isLessThanOrEqualTo(30);
    }

    private static int seconds(JsonNode container, String flag) {
        return arguments(container)
                .filter(argument -> argument.startsWith(flag + "="))
                .mapToInt(argument -> Integer.parseInt(argument.replaceAll(".*=", "")))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<String> arguments(JsonNode container) {
        return container.path("args").valueStream().map(JsonNode::asText);
    }

    @Test
    void containersRunTheImageOfThisVersionWithoutRights() throws IOException {
        MatchResult version = Pattern.compile("<artifactId>nereid</artifactId>\\s*<version>(.*)</version>")
                .matcher(Files.readString(Path.of("../pom.xml")))
                .results()
                .findFirst()
                .orElseThrow();

        assertThat(containers()).hasSize(5).allSatisfy(container -> {
            assertThat(container.path("image").asText()).isEqualTo("nereid:" + version.group(1));
            JsonNode rights = container.path("securityContext");
            assertThat(rights.path("readOnlyRootFilesystem").asBoolean()).isTrue();
            assertThat(rights.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
            assertThat(rights.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
            // The only folder that the server writes to.
            assertThat(container.path("volumeMounts").findValuesAsText("mountPath"))
                    .contains("/tmp");
        });
    }

    @Test
    void runtimesOfKServeStartServersOfTheImage() {
        assertThat(of("ClusterServingRuntime")).hasSize(3).allSatisfy(runtime -> {
            JsonNode container = runtime.at("/spec/containers/0");
            assertThat(container.path("name").asText()).isEqualTo("kserve-container");
            String program =
                    container.at("/command/0").asText(container.at("/args/0").asText());
            assertThat(Path.of("..", Path.of(program).getFileName().toString())).isExecutable();
        });
    }

    @Test
    void flagsOfTheManifestsAreThoseOfTheServer() throws IOException {
        String serve = Files.readString(Path.of("../docs/usage.txt"));
        List<JsonNode> served = List.of(
                deployment().at("/spec/template/spec/containers/0"),
                Manifests.read(RUNTIME).getFirst().at("/spec/containers/0"));
        for (JsonNode container : served) {
            assertThat(arguments(container).filter(argument -> argument.startsWith("--")))
                    .isNotEmpty()
                    .allSatisfy(argument -> assertThat(serve)
                            .contains(
                                    "  " + argument.replaceAll("=.*", "").replace("--model-store", "--model-repository")
                                            + "="));
        }
        for (Map.Entry<String, String> runtime : Map.of(
                        "tensorflow-serving", "tensorflow_model_server", "torchserve", "torchserve")
                .entrySet()) {
            JsonNode container = Manifests.read(RUNTIME.resolveSibling(runtime.getKey() + ".yaml"))
                    .getFirst()
                    .at("/spec/containers/0");
            String usage = Files.readString(Path.of("../docs/usage-" + runtime.getValue() + ".txt"));
            assertThat(arguments(container).filter(argument -> argument.startsWith("--")))
                    .isNotEmpty()
                    .allSatisfy(argument -> assertThat(usage)
                            .containsPattern("(?m)^\\s+" + argument.replaceAll("=.*", "") + "(?![\\w-])"));
        }
    }
}
