package dev.nereid.server.rehearsal;

import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.InferTensorContents;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The HTTP requests of the request-path warm-up, as bytes. Clients differ in what they ask before, in their headers, in the
 * space between the tokens of their JSON and in how they send tensors: code that was compiled for one of them alone is
 * thrown away when another comes.
 */
final class WarmupHttpRequests {
    /** Elements of a tensor in most requests, and in some, because long tensors are written in pieces by other code. */
    static final int ELEMENTS = 16;

    private static final int MANY_ELEMENTS = 1024;

    /** A string longer than one read and one write. */
    private static final int LONG_STRING = 80 << 10;

    /**
     * Powers of ten of JSON reals, from the least on: numbers with and without exponent are parsed by different code.
     */
    private static final int MAGNITUDES = 13;

    private static final int LEAST_MAGNITUDE = -6;

    private static final String HOST = "Host: request-warmup\r\n";
    private static final String CURL =
            HOST + "User-Agent: request-warmup\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    private static final String LIBRARY = HOST
            + "User-Agent: request-warmup\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
            + "Content-Type: application/json\r\n";

    /**
     * An input of a warm-up model, of shape {@code [1, elements]}.
     *
     * @param bytes of an element of zeros in binary; a string of none has four, its length
     * @param text the element of an index in JSON
     * @param zero adds an element to those that gRPC carries as fields
     */
    record Input(
            String name,
            String datatype,
            int bytes,
            IntFunction<String> text,
            Consumer<InferTensorContents.Builder> zero) {
        void addTo(InferTensorContents.Builder contents) {
            zero.accept(contents);
        }
    }

    private static final List<Input> NUMBERS = List.of(
            new Input(
                    "I", "INT64", Long.BYTES, i -> Integer.toString(i * 37), contents -> contents.addInt64Contents(0)),
            new Input(
                    "F", "FP32", Float.BYTES, i -> Double.toString(real(i)), contents -> contents.addFp32Contents(0)));

    private static final List<Input> STRINGS = List.of(
            new Input(
                    "N", "INT32", Integer.BYTES, i -> Integer.toString(3 - i), contents -> contents.addIntContents(0)),
            new Input(
                    "S",
                    "BYTES",
                    Integer.BYTES,
                    i -> "\"" + i * 7 + "\"",
                    contents -> contents.addBytesContents(ByteString.EMPTY)));

    private WarmupHttpRequests() {}

    /** Most are like what models take and give, some of other magnitudes, and one is zero. */
    private static double real(int index) {
        double usual = index * 0.123456789 - 1;
        return index % 4 == 0 ? index * Math.pow(10, index % MAGNITUDES + LEAST_MAGNITUDE) : usual;
    }

    static List<Input> inputs(RequestPathWarmupModel model) {
        return model.strings() ? STRINGS : NUMBERS;
    }

    /** The requests of one client, in order. */
    static List<byte[]> all() {
        List<byte[]> requests = new ArrayList<>();
        requests.add(get("/v2/health/live"));
        requests.add(get("/v2/health/ready"));
        for (RequestPathWarmupModel model : RequestPathWarmupModel.ALL) {
            List<Input> inputs = inputs(model);
            requests.add(get("/v2/models/" + model.name() + "/ready"));
            requests.add(get("/v2/models/" + model.name()));
            requests.add(json(model.name(), inputs, LIBRARY, " ", "", ELEMENTS));
            requests.add(binary(model.name(), inputs, ELEMENTS));
            requests.add(json(
                    model.name(), inputs, CURL, "", ",\"outputs\":[{\"name\":\"" + model.output() + "\"}]", ELEMENTS));
        }
        requests.add(json(RequestPathWarmupModel.ALL.getFirst().name(), NUMBERS, HOST, "", "", MANY_ELEMENTS));
        requests.add(longString(RequestPathWarmupModel.ALL.getLast().name()));
        return requests;
    }

    private static byte[] get(String path) {
        return ("GET " + path + " HTTP/1.1\r\n" + HOST + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * @param space what follows a comma and a colon
     * @param outputs what follows the inputs
     */
    private static byte[] json(
            String model, List<Input> inputs, String headers, String space, String outputs, int elements) {
        String comma = "," + space;
        String body = inputs.stream()
                .map(input -> "{\"name\":" + space + "\"" + input.name() + "\"" + comma + "\"datatype\":" + space + "\""
                        + input.datatype() + "\"" + comma + "\"shape\":" + space + "[1" + comma + elements + "]" + comma
                        + "\"data\":" + space
                        + IntStream.range(0, elements)
                                .mapToObj(input.text())
                                .collect(Collectors.joining(comma, "[", "]"))
                        + "}")
                .collect(Collectors.joining(comma, "{\"inputs\":" + space + "[", "]" + outputs + "}"));
        return infer(model, headers, body, 0);
    }

    /** Zeros by the binary extension, the answer too. */
    private static byte[] binary(String model, List<Input> inputs, int elements) {
        int bytes = 0;
        List<String> described = new ArrayList<>();
        for (Input input : inputs) {
            int size = elements * input.bytes();
            bytes += size;
            described.add("{\"name\":\"" + input.name() + "\",\"shape\":[1," + elements + "],\"datatype\":\""
                    + input.datatype() + "\",\"parameters\":{\"binary_data_size\":" + size + "}}");
        }
        String header =
                "{\"inputs\":[" + String.join(",", described) + "],\"parameters\":{\"binary_data_output\":true}}";
        return infer(model, HOST + "Inference-Header-Content-Length: " + header.length() + "\r\n", header, bytes);
    }

    /** One string, by the binary extension: its bytes are copied and nothing else, so that it takes no time. */
    private static byte[] longString(String model) {
        Input string = STRINGS.getLast();
        int bytes = Integer.BYTES + LONG_STRING;
        byte[] request = binary(
                model,
                List.of(
                        STRINGS.getFirst(),
                        new Input(string.name(), string.datatype(), bytes, string.text(), string.zero())),
                1);
        ByteBuffer.wrap(request).order(ByteOrder.LITTLE_ENDIAN).putInt(request.length - bytes, LONG_STRING);
        return request;
    }

    private static byte[] infer(String model, String headers, String body, int zeros) {
        byte[] text = ("POST /v2/models/" + model + "/infer HTTP/1.1\r\n" + headers + "Content-Length: "
                        + (body.length() + zeros) + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
        return Arrays.copyOf(text, text.length + zeros);
    }
}
