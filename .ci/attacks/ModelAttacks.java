import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Models that a client uploads and that ask for more than there is. */
final class ModelAttacks {
    private static final int FLOAT = 1;
    private static final int INT64 = 7;
    private static final int BOOL = 9;
    private static final long TRIPS = 1L << 62;
    private static final String CONFIG = "{\\\"backend\\\":\\\"onnxruntime\\\",\\\"max_batch_size\\\":0}";

    private ModelAttacks() {}

    /** Its 8 TB are refused by the node's name. */
    static void hugeTensor(Checks.Target target) throws IOException {
        byte[] graph = join(
                field(1, join(text(1, "x"), text(1, "s"), text(2, "y"), text(3, "expand_it"), text(4, "Expand"))),
                text(2, "g"),
                value(11, "x", FLOAT, 1),
                value(11, "s", INT64, 1),
                value(12, "y", FLOAT, -1));
        upload(target, "huge", graph);
        String body = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]},"
                + "{\"name\":\"s\",\"datatype\":\"INT64\",\"shape\":[1],\"data\":[" + (1L << 41) + "]}]}";
        try (Wire wire = new Wire(target.http())) {
            String said = wire.send(Checks.post("/v2/models/huge/infer", "localhost", "Connection: close\r\n", body))
                    .untilClosed();
            Checks.assertThat(
                    (said.startsWith("HTTP/1.1 400 ") || said.startsWith("HTTP/1.1 503 ")) && said.contains("expand_it"),
                    "expected a refusal that names the node, got " + said);
        }
    }

    /** The instance is free again when the client has hung up. */
    static void endlessLoop(Checks.Target target) throws IOException {
        beginEndlessLoop(target);
        try (Wire wire = new Wire(target.http())) {
            String said = wire.send(loopRequest(1)).untilClosed();
            Checks.assertThat(said.startsWith("HTTP/1.1 200 "), "expected an answer, got " + said);
        }
    }

    /** Asks for a run without an end and hangs up, once it has begun as a rule. */
    static void beginEndlessLoop(Checks.Target target) throws IOException {
        byte[] body = join(
                field(1, join(text(1, "go"), text(2, "go_on"), text(4, "Identity"))),
                field(1, join(text(1, "state"), text(2, "next"), text(4, "Neg"))),
                text(2, "body"),
                value(11, "i", INT64),
                value(11, "go", BOOL),
                value(11, "state", FLOAT, 1),
                value(12, "go_on", BOOL),
                value(12, "next", FLOAT, 1));
        byte[] graph = join(
                field(1, join(
                        text(1, "m"), text(1, ""), text(1, "x"), text(2, "y"), text(4, "Loop"),
                        field(5, join(text(1, "body"), field(6, body), number(20, 5))))),
                text(2, "g"),
                value(11, "m", INT64),
                value(11, "x", FLOAT, 1),
                value(12, "y", FLOAT, 1));
        upload(target, "endless", graph);
        try (Wire wire = new Wire(target.http())) {
            wire.send(loopRequest(TRIPS));
            Checks.assertLives(target);
        }
    }

    private static String loopRequest(long trips) {
        String body = "{\"inputs\":[{\"name\":\"m\",\"datatype\":\"INT64\",\"shape\":[1],\"data\":[" + trips + "]},"
                + "{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]}]}";
        return Checks.post("/v2/models/endless/infer", "localhost", "Connection: close\r\n", body);
    }

    private static void upload(Checks.Target target, String name, byte[] graph) throws IOException {
        byte[] model = join(number(1, 8), field(7, graph), field(8, number(2, 13)));
        String body = "{\"parameters\":{\"config\":\"" + CONFIG + "\",\"file:1/model.onnx\":\""
                + Base64.getEncoder().encodeToString(model) + "\"}}";
        Checks.assertStatus(200, target.http(), Checks.post("/v2/repository/models/" + name + "/load", "localhost", "", body));
    }

    /** An input or output of a graph: its name, and a tensor's type with its dims, of which -1 is any. */
    private static byte[] value(int field, String name, int type, long... dims) {
        byte[] shape = {};
        for (long dim : dims) {
            shape = join(shape, field(1, dim < 0 ? text(2, "n") : number(1, dim)));
        }
        return field(field, join(text(1, name), field(2, field(1, join(number(1, type), field(2, shape))))));
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] text(int field, String text) {
        return field(field, text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] field(int field, byte[] bytes) {
        return join(varint((long) field << 3 | 2), varint(bytes.length), bytes);
    }

    private static byte[] number(int field, long value) {
        return join(varint((long) field << 3), varint(value));
    }

    private static byte[] varint(long value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long rest = value;
        for (; rest > 0x7F; rest >>>= 7) {
            bytes.write((int) (rest & 0x7F) | 0x80);
        }
        bytes.write((int) rest);
        return bytes.toByteArray();
    }
}
