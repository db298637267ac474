package dev.nereid.perf.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** In the forms of perf_analyzer's export. */
class ExportedTensorsTest {
    private static String json(String datatype, ByteBuffer content) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator to = new JsonFactory().createGenerator(text)) {
            ExportedTensors.write(to, datatype, content);
        }
        return text.toString();
    }

    private static ByteBuffer bytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length);
        for (int value : values) {
            bytes.put((byte) value);
        }
        return bytes.flip();
    }

    private static ByteBuffer strings(String... texts) {
        ByteBuffer bytes = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
        for (String text : texts) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            bytes.putInt(utf8.length).put(utf8);
        }
        return bytes.flip();
    }

    @Test
    void oneNumberStandsAloneAndSeveralAreAFlatList() throws IOException {
        assertThat(json("INT32", bytes(1, 1, 0, 0))).isEqualTo("257");
        assertThat(json("UINT8", bytes(255))).isEqualTo("255");
        assertThat(json("INT8", bytes(255, 1))).isEqualTo("[-1,1]");
        assertThat(json("BOOL", bytes(1, 0))).isEqualTo("[true,false]");
        assertThat(json("UINT64", bytes(255, 255, 255, 255, 255, 255, 255, 255)))
                .isEqualTo("18446744073709551615");
    }

    @Test
    void floatsHaveTheDigitsOfTheDoubleThatTheyAre() throws IOException {
        ByteBuffer tenth = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(0.1f)
                .flip();
        assertThat(json("FP32", tenth)).isEqualTo("0.10000000149011612");
        ByteBuffer exact = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(0.1)
                .flip();
        assertThat(json("FP64", exact)).isEqualTo("0.1");
    }

    @Test
    void stringsAreOneTextBehindTheFirstLength() throws IOException {
        assertThat(json("BYTES", strings("grüße"))).isEqualTo("\"grüße\"");
        assertThat(json("BYTES", strings(""))).isEqualTo("\"\"");
        assertThat(json("BYTES", strings("a", "b"))).isEqualTo("\"a\\u0001\\u0000\\u0000\\u0000b\"");
        assertThat(json("JSON", ByteBuffer.wrap("{}".getBytes(StandardCharsets.UTF_8))))
                .isEqualTo("\"{}\"");
    }

    @Test
    void nothingIsAnEmptyTextAndAnUnknownDatatypeIsNull() throws IOException {
        assertThat(json("FP32", bytes())).isEqualTo("\"\"");
        assertThat(json("DT_COMPLEX64", bytes(1, 2, 3, 4, 5, 6, 7, 8))).isEqualTo("null");
    }
}
