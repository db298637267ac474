package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.http.connection.Compression;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompressionTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip|GZIP",
                "deflate|DEFLATE",
                "gzip, deflate|GZIP",
                "gzip;q=0.5, deflate;q=0.9|DEFLATE",
                "br;q=1, gzip;q=0.1|GZIP",
                "identity, gzip|none",
                "identity;q=0.5, gzip|GZIP",
                "gzip;q=0|none",
                "gzip;q=x|none",
                "gzip; q=0.5|none",
                "gzip;level=1|none",
                "gzip , deflate|DEFLATE",
                "*|none",
                "br|none",
                ";|none",
                ",,|none"
            })
    void choosesTheCodingOfTheGreatestWeight(String header, String chosen) {
        assertThat(Compression.ofAcceptEncoding(header).map(Enum::name).orElse("none"))
                .isEqualTo(chosen);
    }
}
