package dev.nereid.server;

import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.device.DeviceMetrics;
import dev.nereid.server.config.Front;
import dev.nereid.server.observe.MetricsText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page on monitoring, the dashboard for Grafana, the alerts and the autoscalers' queries speak of metrics that the server has, and
 * the page of all of them.
 */
@Tag("found-34")
class MonitoringPageTest {
    private static final Path PAGE = Path.of("../docs/monitoring.md");
    private static final Path DASHBOARD = Path.of("../deploy/grafana/nereid.json");
    private static final Path COMPONENTS = Path.of("../deploy/kubernetes/components");
    private static final Pattern TYPE = Pattern.compile("^# TYPE (\\w+) (\\w+)$", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("\\b(?:nv|nereid)_\\w+");
    private static final Pattern LABELS = Pattern.compile("by \\(([\\w, ]+)\\)|\\{\\{(\\w+)}}");

    @TempDir
    private static Path repository;

    /** Type by name of every family that a server can show. */
    private static final Map<String, String> FAMILIES = new TreeMap<>();

    private static String text = "";

    @BeforeAll
    static void readMetrics() throws IOException {
        try (RunningServers servers = new RunningServers(repository)) {
            servers.writeSimple("response_cache { enable: true } version_policy { all { } }");
            servers.write("repeat_int32", ModelFolders.REPEAT);
            writeTraffic();
            Server server = servers.start(
                    "--cache-config=local,size=1048576",
                    "--access-log=" + repository.resolve("access.log"),
                    "--metrics-config=histogram_latencies=true",
                    "--metrics-config=summary_latencies=true");
            send(server, Front.HTTP, "/v2/models/simple/infer", RunningServers.simpleRequest(""));
            text = send(server, Front.METRICS, "/metrics", "");
        }
        text += new MetricsText()
                .gpus(List.of(new DeviceMetrics(
                        0,
                        "GPU-0",
                        Optional.of(0.5),
                        Optional.of(2L),
                        Optional.of(1L),
                        Optional.of(3.0),
                        Optional.of(4.0),
                        Optional.of(5.0))));
        Matcher matcher = TYPE.matcher(text);
        while (matcher.find()) {
            FAMILIES.put(matcher.group(1), matcher.group(2));
        }
    }

    private static void writeTraffic() throws IOException {
        Files.createDirectories(repository.resolve("simple/2"));
        Files.copy(repository.resolve("simple/1/model.onnx"), repository.resolve("simple/2/model.onnx"));
        Files.writeString(repository.resolve("simple/traffic.json"), """
                {"default": 1, "shadow": [{"to": 2, "percent": 1}],
                 "rollback": {"watch": 2, "to": 1, "max_error_rate": 0.1}}""");
    }

    /** Every query of the page and of the files below deploy/. */
    private static List<String> queries() throws IOException {
        List<String> queries = new ArrayList<>();
        for (PageBlocks.Block block : PageBlocks.of(PAGE)) {
            if (block.language().equals("promql")) {
                block.text().lines().forEach(queries::add);
            }
        }
        Matcher alert =
                Pattern.compile("\\| `((?:sum|min_over_time)\\b.*)` \\|").matcher(Files.readString(PAGE));
        while (alert.find()) {
            queries.add(alert.group(1).replace("\\|", "|"));
        }
        for (JsonNode expression :
                new ObjectMapper().readTree(DASHBOARD.toFile()).findValues("expr")) {
            queries.add(expression.asText());
        }
        for (String file : List.of("prometheus/rules", "hpa/adapter-rules", "keda/scaled-object")) {
            JsonNode manifest =
                    Manifests.read(COMPONENTS.resolve(file + ".yaml")).getFirst();
            for (String field : List.of("expr", "metricsQuery", "query")) {
                queries.addAll(manifest.findValuesAsText(field));
            }
        }
        // Of a server that is gone Prometheus itself knows.
        queries.removeIf(query -> query.startsWith("up{"));
        return queries;
    }

    private static Set<String> names(String query) {
        return NAME.matcher(query).results().map(match -> family(match.group())).collect(Collectors.toSet());
    }

    /** The family that a series belongs to. */
    private static String family(String series) {
        String base = series.replaceAll("_(bucket|sum|count)$", "");
        return Set.of("histogram", "summary").contains(FAMILIES.getOrDefault(base, "")) ? base : series;
    }

    @Test
    void commandsPrintWhatThePageSays(@TempDir Path root) throws IOException, InterruptedException {
        try (PageCommands commands = new PageCommands(root)) {
            assertThat(commands.run(PAGE).compared()).isPositive();
        }
    }

    @Test
    void queriesNameMetricsOfTheServer() throws IOException {
        assertThat(queries())
                .hasSizeGreaterThan(35)
                .allSatisfy(
                        query -> assertThat(names(query)).as(query).isNotEmpty().isSubsetOf(FAMILIES.keySet()));
    }

    @Test
    void queriesTakeTheRateOfCountersAndOfNothingElse() throws IOException {
        for (String query : queries()) {
            Matcher matcher = NAME.matcher(query);
            while (matcher.find()) {
                boolean rated = query.substring(0, matcher.start()).endsWith("rate(");
                assertThat(rated)
                        .as("%s in %s", matcher.group(), query)
                        .isEqualTo(!"gauge".equals(FAMILIES.get(family(matcher.group()))));
            }
        }
    }

    @Test
    void queriesGroupByLabelsThatMetricsHave() throws IOException {
        Set<String> known = new TreeSet<>(Set.of("instance"));
        Pattern.compile("[{,](\\w+)=\"").matcher(text).results().forEach(match -> known.add(match.group(1)));
        List<String> texts = new ArrayList<>(queries());
        new ObjectMapper()
                .readTree(DASHBOARD.toFile())
                .findValues("legendFormat")
                .forEach(legend -> texts.add(legend.asText()));
        for (String each : texts) {
            LABELS.matcher(each)
                    .results()
                    .map(match -> match.group(1) == null ? match.group(2) : match.group(1))
                    .forEach(
                            labels -> assertThat(labels.split(", ")).as(each).isSubsetOf(known.toArray(String[]::new)));
        }
    }

    @Test
    void tablesOfThePageListEveryMetricUnderItsType() throws IOException {
        Map<String, String> listed = new TreeMap<>();
        String type = "";
        for (String line : Files.readAllLines(PAGE)) {
            if (line.startsWith("| counter |") || line.startsWith("| gauge |") || line.startsWith("| histogram ")) {
                type = line.substring(2).replaceAll(" .*", "");
            } else if (line.startsWith("| `n")) {
                String kind = type;
                NAME.matcher(line.substring(0, line.indexOf('|', 2)))
                        .results()
                        .forEach(match -> listed.put(match.group(), kind));
            }
        }
        Map<String, String> families = new TreeMap<>(FAMILIES);
        families.replaceAll((name, each) -> each.equals("summary") ? "histogram" : each);
        assertThat(listed).isEqualTo(families);
    }

    @Test
    void panelsOfTheDashboardAskOneDataSource() throws IOException {
        JsonNode panels = new ObjectMapper().readTree(DASHBOARD.toFile()).at("/panels");

        assertThat(panels.findValues("uid"))
                .isNotEmpty()
                .allSatisfy(uid -> assertThat(uid.asText()).isEqualTo("${datasource}"));
        assertThat(panels).extracting(panel -> panel.at("/id").asInt()).doesNotHaveDuplicates();
    }
}
