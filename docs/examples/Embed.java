import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Text in, embedding out, with the model {@code minilm} of the example repository. The tokenizer runs here, on the
 * client's side; the server sees token ids only. Run it from the root of the checkout, beside a running server:
 *
 * <pre>java docs/examples/Embed.java "A cat sits on the mat." "A kitten rests on a rug." "Stocks fell sharply today."</pre>
 *
 * It prints how similar the sentences are. Options: {@code --url=http://localhost:8000} and
 * {@code --tokenizer=models/examples/minilm/tokenizer.json}.
 */
public class Embed {
    private static final int MAX_TOKENS = 128;
    private static final int MAX_WORD_LENGTH = 100;
    private static final int WIDTH = 384;

    public static void main(String[] arguments) throws IOException, InterruptedException {
        String url = "http://localhost:8000";
        String tokenizer = "models/examples/minilm/tokenizer.json";
        List<String> sentences = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.startsWith("--url=")) {
                url = argument.substring("--url=".length());
            } else if (argument.startsWith("--tokenizer=")) {
                tokenizer = argument.substring("--tokenizer=".length());
            } else {
                sentences.add(argument);
            }
        }
        if (sentences.isEmpty()) {
            sentences = List.of(
                    "A cat sits on the mat.", "A kitten is resting on a rug.", "Stock prices fell sharply today.");
        }

        Map<String, Integer> vocabulary = vocabulary(Path.of(tokenizer));
        List<List<Integer>> tokens = new ArrayList<>();
        for (String sentence : sentences) {
            tokens.add(tokenize(sentence, vocabulary));
        }
        float[][] embeddings = embed(url, tokens);

        for (int i = 0; i < sentences.size(); i++) {
            System.out.println("[" + i + "] " + sentences.get(i) + "  (" + tokens.get(i).size() + " tokens)");
        }
        System.out.println();
        for (int i = 0; i < sentences.size(); i++) {
            for (int j = i + 1; j < sentences.size(); j++) {
                System.out.printf(Locale.ROOT, "[%d] ~ [%d]  %.3f%n", i, j, dot(embeddings[i], embeddings[j]));
            }
        }
    }

    /** One unit vector a sentence: the mean of its tokens' vectors. */
    private static float[][] embed(String url, List<List<Integer>> tokens) throws IOException, InterruptedException {
        int batch = tokens.size();
        int length = tokens.stream().mapToInt(List::size).max().orElse(0);
        long[] ids = new long[batch * length];
        long[] mask = new long[batch * length];
        for (int i = 0; i < batch; i++) {
            for (int j = 0; j < tokens.get(i).size(); j++) {
                ids[i * length + j] = tokens.get(i).get(j);
                mask[i * length + j] = 1;
            }
        }
        String body = "{\"inputs\":["
                + input("input_ids", batch, length, ids) + ","
                + input("attention_mask", batch, length, mask) + ","
                + input("token_type_ids", batch, length, new long[batch * length]) + "]}";
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v2/models/minilm/infer"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response =
                HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("the server answered " + response.statusCode() + ": " + response.body());
        }
        return pool(numbers(response.body()), mask, batch, length);
    }

    private static String input(String name, int batch, int length, long[] data) {
        StringBuilder values = new StringBuilder();
        for (long value : data) {
            values.append(values.length() == 0 ? "" : ",").append(value);
        }
        return "{\"name\":\"" + name + "\",\"datatype\":\"INT64\",\"shape\":[" + batch + "," + length + "],\"data\":["
                + values + "]}";
    }

    /** The numbers of the only output, [batch, length, WIDTH]. */
    private static float[] numbers(String answer) {
        int start = answer.indexOf('[', answer.indexOf("\"data\"")) + 1;
        String[] texts = answer.substring(start, answer.indexOf(']', start)).split(",");
        float[] numbers = new float[texts.length];
        for (int i = 0; i < texts.length; i++) {
            numbers[i] = Float.parseFloat(texts[i].trim());
        }
        return numbers;
    }

    private static float[][] pool(float[] states, long[] mask, int batch, int length) {
        float[][] embeddings = new float[batch][WIDTH];
        for (int i = 0; i < batch; i++) {
            for (int j = 0; j < length; j++) {
                for (int k = 0; k < WIDTH; k++) {
                    embeddings[i][k] += mask[i * length + j] * states[(i * length + j) * WIDTH + k];
                }
            }
            float norm = (float) Math.sqrt(dot(embeddings[i], embeddings[i]));
            for (int k = 0; k < WIDTH; k++) {
                embeddings[i][k] /= norm;
            }
        }
        return embeddings;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
            sum += (double) a[k] * b[k];
        }
        return sum;
    }

    /** The token ids of a text between the markers [CLS] and [SEP]: BERT's normaliser, then WordPiece. */
    static List<Integer> tokenize(String text, Map<String, Integer> vocabulary) {
        List<Integer> ids = new ArrayList<>();
        ids.add(vocabulary.get("[CLS]"));
        for (String word : words(text)) {
            pieces(word, vocabulary, ids);
        }
        List<Integer> kept = new ArrayList<>(ids.subList(0, Math.min(ids.size(), MAX_TOKENS - 1)));
        kept.add(vocabulary.get("[SEP]"));
        return kept;
    }

    /** Lower-case words without accents; every mark of punctuation and every CJK ideograph is a word of its own. */
    private static List<String> words(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFD)
                .replaceAll("\\p{Mn}", "")
                .toLowerCase(Locale.ROOT);
        String spaced = plain.codePoints()
                .filter(c -> Character.isWhitespace(c) || !Character.isISOControl(c) && c != 0xFFFD)
                .mapToObj(c -> standsAlone(c) ? " " + Character.toString(c) + " " : Character.toString(c))
                .collect(Collectors.joining());
        return List.of(spaced.strip().split("[\\s\\p{Z}]+")).stream()
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toList());
    }

    private static boolean standsAlone(int c) {
        boolean asciiSign = c > ' ' && c < 127 && !Character.isLetterOrDigit(c);
        return asciiSign || Character.toString(c).matches("\\p{P}") || Character.isIdeographic(c);
    }

    /** The longest pieces of the vocabulary from the left; pieces inside a word begin with ##. */
    private static void pieces(String word, Map<String, Integer> vocabulary, List<Integer> ids) {
        List<Integer> found = new ArrayList<>();
        int start = 0;
        while (start < word.length() && word.length() <= MAX_WORD_LENGTH) {
            int end = word.length();
            Integer id = null;
            while (end > start && id == null) {
                id = vocabulary.get((start > 0 ? "##" : "") + word.substring(start, end));
                end -= id == null ? 1 : 0;
            }
            if (id == null) {
                break;
            }
            found.add(id);
            start = end;
        }
        if (start == word.length()) {
            ids.addAll(found);
        } else {
            ids.add(vocabulary.get("[UNK]"));
        }
    }

    /** The object {@code vocab} of a tokenizer.json: token to id. */
    private static Map<String, Integer> vocabulary(Path tokenizer) throws IOException {
        String json = Files.readString(tokenizer);
        Map<String, Integer> vocabulary = new HashMap<>();
        Matcher entry = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"\\s*:\\s*(\\d+)").matcher(json);
        int position = json.indexOf('{', json.indexOf("\"vocab\""));
        while (entry.find(position)) {
            vocabulary.put(unescape(entry.group(1)), Integer.parseInt(entry.group(2)));
            position = entry.end();
        }
        return vocabulary;
    }

    private static String unescape(String json) {
        return Pattern.compile("\\\\(u([0-9a-fA-F]{4})|.)").matcher(json).replaceAll(match -> {
            String character = match.group(2) == null
                    ? match.group(1)
                    : Character.toString(Integer.parseInt(match.group(2), 16));
            return Matcher.quoteReplacement(character);
        });
    }
}
