package dev.nereid.server;

import static dev.nereid.server.RunningServers.exchange;
import static dev.nereid.server.RunningServers.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.config.Front;
import dev.nereid.server.javamodel.ModelJar;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Does what docs/java-models.md says: its sources, commands, configs and the request with its answer. */
class JavaModelsPageTest {
    private static final Path PAGE = Path.of("../docs/java-models.md");
    private static final Pattern CLASS = Pattern.compile("public class (\\w+)");
    private static final Pattern CURL = Pattern.compile("curl -s localhost:8000(\\S+) -d '(.*)'");

    @TempDir
    private Path folder;

    /** The blocks of the page in one language, in order. */
    private static List<String> blocks(String language) throws IOException {
        return PageBlocks.of(PAGE).stream()
                .filter(block -> block.language().equals(language))
                .map(PageBlocks.Block::text)
                .toList();
    }

    private static String group(Pattern pattern, String text, int group) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(group);
    }

    /** Runs a command of the page as if this were the root of a checkout with a model repository in the test's folder. */
    private void run(String command, String source) {
        List<String> words = new ArrayList<>(Arrays.asList(command.split(" ")));
        words.replaceAll(word -> word.replace(
                        "my-models", folder.resolve("my-models").toString())
                .replace("'server/target/app/lib/*'", System.getProperty("java.class.path"))
                .replaceAll(
                        "^\\w+\\.java$",
                        Matcher.quoteReplacement(
                                folder.resolve(source + ".java").toString())));
        ModelJar.run(words.getFirst(), words.subList(1, words.size()));
    }

    private void build(String source, String config, String model) throws IOException {
        String name = group(CLASS, source, 1);
        Files.writeString(folder.resolve(name + ".java"), source);
        Path version = Files.createDirectories(
                folder.resolve("my-models").resolve(model).resolve("1"));
        Files.writeString(version.resolveSibling("config.pbtxt"), config);
        for (String line : blocks("sh").getFirst().lines().toList()) {
            if (line.startsWith("javac ") || line.startsWith("jar ")) {
                run(
                        line.replace("add_numbers", model).replace("my-models/classes", "my-models/../classes-" + name),
                        name);
            }
        }
        assertThat(version.resolve("model.jar")).isNotEmptyFile();
    }

    @Test
    void examplesOfThePageCompileAndAnswerAsItSays() throws IOException {
        build(blocks("java").get(0), blocks("pbtxt").get(0), "add_numbers");
        build(blocks("java").get(1), blocks("pbtxt").get(1), "squares");
        try (RunningServers servers = new RunningServers(folder.resolve("my-models"))) {
            servers.writeSimple("");
            servers.write("square", ModelFolders.SQUARE);
            Server server = servers.start();
            String curl = blocks("sh").get(1);
            String path = group(CURL, curl, 1);
            String body = group(CURL, curl, 2);

            assertThat(send(server, Front.HTTP, path, body))
                    .isEqualTo(blocks("json").getFirst().strip());

            HttpResponse<String> refused = exchange(server, Front.HTTP, path, body.replace("10 20 30", "ten"));
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).isEqualTo("{\"error\":\"TEXT: expected at most 16 whole numbers, got 'ten'\"}");

            String events = send(server, Front.HTTP, "/v2/models/squares/generate_stream", "{\"IN\":[2,3]}");
            assertThat(events.lines().filter(line -> line.contains("\"OUT\":")))
                    .extracting(line -> line.replaceAll(".*\"OUT\":(\\d+).*", "$1"))
                    .containsExactly("2", "2", "3", "3", "3");
        }
    }
}
