package dev.nereid.perf.nullserver;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/** What the server that does nothing says of itself and of its one model, {@value #MODEL}. */
final class NullAnswers {
    static final String MODEL = "null";

    private static final String SERVER =
            "{\"name\":\"null\",\"version\":\"1\",\"extensions\":[\"binary_tensor_data\",\"statistics\"]}";
    private static final String METADATA = "{\"name\":\"null\",\"versions\":[\"1\"],\"platform\":\"null\",\"inputs\":"
            + "[{\"name\":\"INPUT0\",\"datatype\":\"FP32\",\"shape\":[16]}],\"outputs\":"
            + "[{\"name\":\"OUTPUT0\",\"datatype\":\"FP32\",\"shape\":[1]}]}";
    private static final String CONFIG = "{\"name\":\"null\",\"max_batch_size\":0}";
    private static final String INFERENCE = "{\"model_name\":\"null\",\"model_version\":\"1\",\"outputs\":"
            + "[{\"name\":\"OUTPUT0\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[0.0]}]}";
    private static final String ERROR = "{\"error\":\"this server does nothing\"}";

    private final AtomicLong inferences = new AtomicLong();
    private final byte[] inference = response("200 OK", INFERENCE);

    /** The whole response to an inference request. */
    byte[] infer() {
        inferences.incrementAndGet();
        return inference;
    }

    /** The whole response to a GET of {@code path}. */
    byte[] get(String path) {
        return switch (path) {
            case "/v2" -> response("200 OK", SERVER);
            case "/v2/models/null" -> response("200 OK", METADATA);
            case "/v2/models/null/config" -> response("200 OK", CONFIG);
            case "/v2/models/null/stats" -> response("200 OK", statistics());
            case "/v2/health/live", "/v2/health/ready" -> response("200 OK", "");
            default -> response("404 Not Found", ERROR);
        };
    }

    private String statistics() {
        long count = inferences.get();
        String none = "{\"count\":" + count + ",\"ns\":0}";
        return "{\"model_stats\":[{\"name\":\"null\",\"version\":\"1\",\"inference_count\":" + count
                + ",\"execution_count\":" + count + ",\"inference_stats\":{\"success\":" + none + ",\"queue\":" + none
                + ",\"compute_input\":" + none + ",\"compute_infer\":" + none + ",\"compute_output\":" + none + "}}]}";
    }

    private static byte[] response(String status, String body) {
        return ("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
    }
}
