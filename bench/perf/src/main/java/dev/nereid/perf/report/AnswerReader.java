package dev.nereid.perf.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Reads what was answered, once all is measured. */
@FunctionalInterface
public interface AnswerReader {
    /** For when no answer was kept. */
    AnswerReader NONE = _ -> List.of();

    /**
     * The outputs of each response to a request, by their names, as KServe's protocol has their bytes.
     *
     * @param place that the request's sample names
     */
    List<Map<String, ByteBuffer>> outputs(long place) throws IOException;
}
