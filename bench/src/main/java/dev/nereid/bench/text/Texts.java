package dev.nereid.bench.text;

import dev.nereid.bench.schedule.ArrivalTrace;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Texts of many lengths as a sentence model takes them: ids, mask and types. The same for every variant. */
final class Texts {
    /** What a client pads to that knows one shape. */
    static final int LONGEST = 512;

    private static final int COUNT = 1024;
    /** Ids that every vocabulary of BERT has. */
    private static final int VOCABULARY = 30_000;

    private static final int FIRST_WORD = 1000;

    private final List<long[]> ids = new ArrayList<>();

    Texts(long seed) {
        Random lengths = new Random(seed);
        Random words = new Random(seed + 1);
        for (int i = 0; i < COUNT; i++) {
            ids.add(words.longs(ArrivalTrace.length(lengths), FIRST_WORD, VOCABULARY)
                    .toArray());
        }
    }

    int size() {
        return ids.size();
    }

    double meanTokens() {
        return ids.stream().mapToInt(text -> text.length).average().orElseThrow();
    }

    /**
     * Every text as a request.
     *
     * @param padded whether all are as long as the longest may be, with a mask that says where the text ends
     */
    List<InferenceRequest> requests(boolean padded, Map<String, Object> parameters) {
        return ids.stream().map(text -> request(text, padded, parameters)).toList();
    }

    private static InferenceRequest request(long[] text, boolean padded, Map<String, Object> parameters) {
        int length = padded ? LONGEST : text.length;
        long[] mask = new long[length];
        Arrays.fill(mask, 0, text.length, 1);
        return new InferenceRequest(
                List.of(
                        input("input_ids", Arrays.copyOf(text, length)),
                        input("attention_mask", mask),
                        input("token_type_ids", new long[length])),
                List.of(),
                parameters,
                List.of(),
                Optional.empty());
    }

    private static InputTensor input(String name, long[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return new InputTensor(name, "INT64", List.of(1L, (long) values.length), bytes);
    }
}
