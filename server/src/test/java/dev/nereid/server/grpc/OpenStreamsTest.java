package dev.nereid.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenStreamsTest {
    @Test
    void streamsEndWhenTheFrontStopsThoseTooThatBeginLater() {
        OpenStreams streams = new OpenStreams();
        List<String> stopped = new ArrayList<>();
        OpenStreams.Stream gone = () -> stopped.add("gone");
        streams.add(gone);
        streams.add(() -> stopped.add("open"));
        streams.remove(gone);
        assertThat(stopped).isEmpty();
        streams.stop();
        assertThat(stopped).containsExactly("open");
        streams.add(() -> stopped.add("late"));
        assertThat(stopped).containsExactly("open", "late");
    }
}
