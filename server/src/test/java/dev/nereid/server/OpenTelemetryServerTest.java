package dev.nereid.server;

import static dev.nereid.server.RunningServers.channel;
import static dev.nereid.server.RunningServers.send;
import static dev.nereid.server.RunningServers.simpleMessage;
import static dev.nereid.server.RunningServers.simpleRequest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.config.Front;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Traces of a whole server at an OpenTelemetry collector. */
class OpenTelemetryServerTest {
    private static final String INFER = "/v2/models/simple/infer";
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";

    @TempDir
    Path repository;

    private final Collector collector = new Collector();
    private RunningServers servers;

    @BeforeEach
    void open() throws IOException {
        servers = new RunningServers(repository);
        servers.writeSimple("");
    }

    @AfterEach
    void stop() {
        servers.close();
        collector.close();
    }

    private Server start(String url, String... more) {
        List<String> flags = new ArrayList<>(List.of(
                "--trace-config=mode=opentelemetry",
                "--trace-config=level=TIMESTAMPS",
                "--trace-config=opentelemetry,url=" + url,
                "--trace-config=opentelemetry,bsp_schedule_delay=50"));
        flags.addAll(List.of(more));
        return servers.start(flags.toArray(String[]::new));
    }

    private static Span named(List<Span> spans, String name) {
        return spans.stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> events(Span span) {
        return span.getEventsList().stream().map(Span.Event::getName).toList();
    }

    private static Map<String, Object> attributes(List<KeyValue> attributes) {
        return attributes.stream()
                .collect(Collectors.toMap(
                        KeyValue::getKey,
                        attribute -> attribute.getValue().hasStringValue()
                                ? attribute.getValue().getStringValue()
                                : attribute.getValue().getIntValue()));
    }

    private static String hex(ByteString id) {
        return HexFormat.of().formatHex(id.toByteArray());
    }

    @Test
    void exportsARequestAsTheSpansOfTriton() throws Exception {
        Server server = start(
                collector.url(),
                "--trace-config=rate=1",
                "--trace-config=opentelemetry,resource=service.name=mine",
                "--trace-config=opentelemetry,resource=zone=a=b");
        send(server, Front.HTTP, INFER, simpleRequest("\"id\":\"r\","));
        List<Span> spans = collector.spans(3);
        Span request = named(spans, "InferRequest");
        Span model = named(spans, "simple");
        Span compute = named(spans, "compute");
        assertThat(request.getParentSpanId()).isEqualTo(ByteString.EMPTY);
        assertThat(model.getParentSpanId()).isEqualTo(request.getSpanId());
        assertThat(compute.getParentSpanId()).isEqualTo(model.getSpanId());
        assertThat(spans).allSatisfy(span -> {
            assertThat(span.getTraceId()).isEqualTo(request.getTraceId());
            assertThat(span.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
            assertThat(span.getEventsList().stream()
                            .map(Span.Event::getTimeUnixNano)
                            .toList())
                    .isSorted();
            assertThat(span.getStartTimeUnixNano()).isLessThanOrEqualTo(span.getEndTimeUnixNano());
            assertThat(Math.abs(span.getStartTimeUnixNano() / 1_000_000 - System.currentTimeMillis()))
                    .as("milliseconds from now")
                    .isLessThan(60_000);
        });
        assertThat(events(request))
                .containsExactly(
                        "HTTP_RECV_START",
                        "HTTP_RECV_END",
                        "INFER_RESPONSE_COMPLETE",
                        "HTTP_SEND_START",
                        "HTTP_SEND_END");
        assertThat(events(model)).containsExactly("REQUEST_START", "QUEUE_START", "REQUEST_END");
        assertThat(events(compute))
                .containsExactly("COMPUTE_START", "COMPUTE_INPUT_END", "COMPUTE_OUTPUT_START", "COMPUTE_END");
        assertThat(attributes(compute.getAttributesList()))
                .containsEntry("nereid.batch_size", 1L)
                .containsEntry("nereid.batch_closed_by", "unbatched")
                .hasEntrySatisfying(
                        "nereid.instance",
                        name -> assertThat(String.valueOf(name)).startsWith("simple"));
        assertThat(attributes(model.getAttributesList()))
                .containsEntry("triton.model_name", "simple")
                .containsEntry("triton.model_version", 1L)
                .containsEntry("triton.request_id", "r")
                .containsEntry("triton.trace_id", 1L)
                .containsEntry("triton.trace_parent_id", 0L);
        assertThat(attributes(collector.received().getFirst().getResource().getAttributesList()))
                .containsEntry("service.name", "mine")
                .containsEntry("zone", "a=b");
        assertThat(send(server, Front.HTTP, "/v2/trace/setting", ""))
                .contains("\"trace_mode\":\"opentelemetry\"", "\"url\":\"" + collector.url() + "\"")
                .doesNotContain("trace_file", "log_frequency");
    }

    /** One in a million is traced, and what a client traces. */
    @Test
    void takesPartInTheTracesOfClients() throws Exception {
        Server server = start(collector.url(), "--trace-config=rate=1000000");
        send(server, Front.HTTP, INFER, simpleRequest(""));
        assertThat(post(server, "00-" + TRACE + "-" + PARENT + "-00")).isEqualTo(200);
        assertThat(post(server, "00-" + "0".repeat(32) + "-" + PARENT + "-01")).isEqualTo(200);
        assertThat(post(server, "no such thing")).isEqualTo(200);
        assertThat(post(server, "00-" + TRACE + "-" + PARENT + "-01")).isEqualTo(200);
        overGrpc(server, "00-" + TRACE + "-" + PARENT + "-01");
        List<Span> requests = collector.spans(6).stream()
                .filter(span -> span.getName().equals("InferRequest"))
                .toList();
        assertThat(requests).hasSize(2).allSatisfy(request -> {
            assertThat(hex(request.getTraceId())).isEqualTo(TRACE);
            assertThat(hex(request.getParentSpanId())).isEqualTo(PARENT);
        });
        // Which of the two is exported first is open: a trace ends a moment after its client has the answer.
        assertThat(requests)
                .anySatisfy(request -> assertThat(events(request)).contains("GRPC_WAITREAD_START", "GRPC_SEND_END"))
                .anySatisfy(request -> assertThat(events(request)).contains("HTTP_RECV_START", "HTTP_SEND_END"));
    }

    /** As Triton's test has it: rate 0 is for servers that only take part in the traces of clients. */
    @Test
    void atRateZeroTheTracesOfClientsAreThereAllTheSame() throws Exception {
        Server server = start(collector.url(), "--trace-config=rate=0", "--trace-config=count=1");
        send(server, Front.HTTP, INFER, simpleRequest(""));
        assertThat(post(server, "00-" + TRACE + "-" + PARENT + "-01")).isEqualTo(200);
        overGrpc(server, "00-" + TRACE + "-" + PARENT + "-01");
        assertThat(collector.spans(6).stream().filter(span -> span.getName().equals("InferRequest")))
                .hasSize(2)
                .allSatisfy(
                        request -> assertThat(hex(request.getParentSpanId())).isEqualTo(PARENT));
    }

    private static int post(Server server, String traceParent) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port(Front.HTTP).orElseThrow() + INFER))
                .header("traceparent", traceParent)
                .POST(HttpRequest.BodyPublishers.ofString(simpleRequest("")))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
        }
    }

    private static void overGrpc(Server server, String traceParent) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), traceParent);
        ManagedChannel channel = channel(server);
        try {
            GRPCInferenceServiceGrpc.newBlockingStub(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata))
                    .modelInfer(simpleMessage().build());
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void theModelsOfAnEnsemblesStepsArePartOfIt() throws Exception {
        String tensors = "input [ { name: 'INPUT0' data_type: TYPE_INT32 dims: [ 1 ] } ] "
                + "output [ { name: 'OUTPUT0' data_type: TYPE_INT32 dims: [ 1 ] } ] ";
        servers.write("echo", "backend: 'identity' " + tensors);
        servers.write("e", "platform: 'ensemble' " + tensors + """
                ensemble_scheduling { step [ {
                  model_name: "echo" model_version: -1
                  input_map { key: "INPUT0" value: "INPUT0" } output_map { key: "OUTPUT0" value: "OUTPUT0" } } ] }
                """);
        Server server = start(collector.url(), "--trace-config=rate=1");
        send(
                server,
                Front.HTTP,
                "/v2/models/e/infer",
                "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[1]}]}");
        List<Span> spans = collector.spans(4);
        assertThat(named(spans, "e").getParentSpanId())
                .isEqualTo(named(spans, "InferRequest").getSpanId());
        assertThat(named(spans, "echo").getParentSpanId())
                .isEqualTo(named(spans, "e").getSpanId());
        assertThat(named(spans, "compute").getParentSpanId())
                .isEqualTo(named(spans, "echo").getSpanId());
    }

    @Test
    void whatABackendReportsIsPartOfItsModel() throws Exception {
        servers.write("echo", """
                backend: "identity"
                input { name: "INPUT0" data_type: TYPE_INT32 dims: 1 }
                output { name: "OUTPUT0" data_type: TYPE_INT32 dims: 1 }
                parameters { key: "enable_custom_tracing" value { string_value: "true" } }
                parameters { key: "nested_span_count" value { string_value: "3" } }
                parameters { key: "single_activity_frequency" value { string_value: "2" } }
                """);
        Server server = start(collector.url(), "--trace-config=rate=1");
        send(
                server,
                Front.HTTP,
                "/v2/models/echo/infer",
                "{\"inputs\":[{\"name\":\"INPUT0\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[1]}]}");
        List<Span> spans = collector.spans(7);
        Span model = named(spans, "echo");
        assertThat(events(model))
                .containsExactly("REQUEST_START", "QUEUE_START", "CUSTOM_SINGLE_ACTIVITY", "REQUEST_END");
        assertThat(events(named(spans, "compute"))).hasSize(4);
        assertThat(named(spans, "CUSTOM_ACTIVITY").getParentSpanId()).isEqualTo(model.getSpanId());
        assertThat(events(named(spans, "CUSTOM_ACTIVITY")))
                .containsExactly("CUSTOM_ACTIVITY_START", "CUSTOM_ACTIVITY_END");
        Span parent = model;
        for (int i = 0; i < 3; i++) {
            Span nested = named(spans, "CUSTOM_ACTIVITY" + i);
            assertThat(nested.getParentSpanId()).isEqualTo(parent.getSpanId());
            assertThat(events(nested)).hasSize(i % 2 == 0 ? 3 : 2).contains("CUSTOM_ACTIVITY" + i + "_END");
            parent = nested;
        }
    }

    @Test
    void takesTheAddressOfACollectorWithoutItsScheme() throws Exception {
        String address = collector.url().replace("http://", "");
        Server server = start(address, "--trace-config=rate=1");
        send(server, Front.HTTP, INFER, simpleRequest(""));
        assertThat(collector.spans(3)).hasSize(3);
        assertThat(send(server, Front.HTTP, "/v2/trace/setting", "")).contains("\"url\":\"" + address + "\"");
    }

    /** A request has three spans, and all of them come at once. */
    @Test
    void saysThatItDropsSpansThatThereIsNoRoomFor() throws Exception {
        ch.qos.logback.classic.Logger log =
                (ch.qos.logback.classic.Logger) LoggerFactory.getLogger("dev.nereid.server.trace.LimitedSpans");
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        log.addAppender(lines);
        try {
            Server server = start(
                    collector.url(),
                    "--trace-config=rate=1",
                    "--trace-config=opentelemetry,bsp_max_queue_size=1",
                    "--trace-config=opentelemetry,bsp_schedule_delay=0");
            for (int i = 0; i < 20; i++) {
                send(server, Front.HTTP, INFER, simpleRequest(""));
            }
            collector.spans(1);
        } finally {
            log.detachAppender(lines);
        }
        assertThat(lines.list.stream().map(ILoggingEvent::getFormattedMessage))
                .contains("BatchSpanProcessor queue is full - dropping span.");
    }

    @Test
    void aCollectorThatIsNotThereIsNoErrorOfARequest() {
        String nobody = collector.url();
        collector.close();
        Server server = start(nobody, "--trace-config=rate=1");
        for (int i = 0; i < 2; i++) {
            assertThat(send(server, Front.HTTP, INFER, simpleRequest(""))).contains("\"OUTPUT0\"");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "url=:4318 | url: expected the http or https address of a collector, got ':4318'",
                "url=ftp://host/ | url: expected the http or https address of a collector, got 'ftp://host/'",
                "url=http://a b/ | url: expected the http or https address of a collector, got 'http://a b/'",
                "resource=service | resource: expected <key>=<value>, got 'service'",
                "resource==x | resource: expected <key>=<value>, got '=x'",
                "bsp_max_queue_size=0 | bsp_max_queue_size: expected a whole number, 1 or more, got '0'",
                "bsp_schedule_delay=soon | bsp_schedule_delay: expected a whole number, 0 or more, got 'soon'",
                "bsp_max_export_batch_size=4096 | bsp_max_export_batch_size: expected at most bsp_max_queue_size, which is 2048, got '4096'",
                "color=red | unknown setting of mode opentelemetry 'color'",
            })
    void refusesSettingsThatAreNone(String setting, String sentence) {
        assertThatThrownBy(() -> RunningServers.config(
                        repository, "--trace-config=mode=opentelemetry", "--trace-config=opentelemetry," + setting))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Bad option: \"--trace-config\". " + sentence);
    }
}
