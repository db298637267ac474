package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The names of classes by their numbers: {@code index_to_name.json}. A class without a name is called by its number. */
record Labels(Map<String, String> names) {
    private static final String FILE = "index_to_name.json";
    private static final String LIST = "object_type_names";
    private static final long MOST_BYTES = 16 << 20;

    Labels {
        names = Map.copyOf(names);
    }

    /**
     * Reads the names of an archive; without such a file there are none.
     *
     * @param folder of the unpacked archive
     * @throws InferException if the file has another form
     */
    static Labels read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return new Labels(Map.of());
        }
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw InferException.invalid(
                        FILE + ": expected at most " + MOST_BYTES + " bytes, got " + Files.size(file));
            }
            byte[] json = Files.readAllBytes(file);
            return of(JsonValue.parse(json, 0, json.length));
        } catch (IOException e) {
            throw new InferException(InferException.Code.INVALID_ARG, FILE + " cannot be read: " + e, e);
        } catch (InferException e) {
            throw new InferException(InferException.Code.INVALID_ARG, FILE + ": " + e.text(), e);
        }
    }

    private static Labels of(JsonValue root) {
        Map<String, String> names = new HashMap<>();
        if (root.find(LIST).filter(JsonValue::isArray).isPresent()) {
            JsonValue.Elements elements = root.member(LIST).elements();
            while (elements.next()) {
                names.put(Integer.toString(names.size()), elements.value().asString());
            }
        } else {
            root.forEachMember((index, name) -> names.put(index, name(index, name)));
        }
        return new Labels(names);
    }

    /** Of several names the last one, as WordNet's number stands in front. */
    private static String name(String index, JsonValue value) {
        JsonValue name = value;
        if (value.isArray()) {
            JsonValue.Elements elements = value.elements();
            while (elements.next()) {
                name = elements.value();
            }
        }
        if (!name.isString()) {
            throw InferException.invalid("expected a text, or a list of texts, as the name of class " + index);
        }
        return name.asString();
    }

    String of(long index) {
        String number = Long.toString(index);
        return names.getOrDefault(number, number);
    }
}
