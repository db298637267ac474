package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.repository.TensorMetadata;
import dev.nereid.tensor.DataType;
import java.util.List;
import org.junit.jupiter.api.Test;

class CurlExampleTest {
    @Test
    void fillsEveryInputWithAsMuchAsItsShapeAsks() {
        String command = CurlExample.command(
                "add",
                List.of(
                        new TensorMetadata("A", DataType.INT32, List.of(-1L, 3L)),
                        new TensorMetadata("B", DataType.STRING, List.of(2L)),
                        new TensorMetadata("C", DataType.BOOL, List.of())),
                "localhost:8000");

        assertThat(command)
                .isEqualTo("curl -s http://localhost:8000/v2/models/add/infer -d '{\"inputs\":["
                        + "{\"name\":\"A\",\"shape\":[1,3],\"datatype\":\"INT32\",\"data\":[1,1,1]},"
                        + "{\"name\":\"B\",\"shape\":[2],\"datatype\":\"BYTES\",\"data\":[\"1\",\"1\"]},"
                        + "{\"name\":\"C\",\"shape\":[],\"datatype\":\"BOOL\",\"data\":[true]}]}'");
    }

    @Test
    void quotesNamesForUrlJsonAndShell() {
        String command = CurlExample.command(
                "it's a model", List.of(new TensorMetadata("a\"b'c", DataType.FP32, List.of(1L))), "127.0.0.1:1");

        assertThat(command)
                .isEqualTo("curl -s http://127.0.0.1:1/v2/models/it%27s%20a%20model/infer -d '{\"inputs\":["
                        + "{\"name\":\"a\\\"b'\\''c\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}'");
    }
}
