package dev.nereid.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The blocks of code of a page in Markdown, in order. */
final class PageBlocks {
    private static final Pattern BLOCK = Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    private PageBlocks() {}

    /**
     * One block.
     *
     * @param language what is written behind its fence; empty where nothing is
     * @param follows whether nothing but white space is between it and the block before
     */
    record Block(String language, String text, boolean follows) {}

    static List<Block> of(Path page) throws IOException {
        String text = Files.readString(page);
        Matcher matcher = BLOCK.matcher(text);
        List<Block> blocks = new ArrayList<>();
        int end = 0;
        while (matcher.find()) {
            boolean follows =
                    !blocks.isEmpty() && text.substring(end, matcher.start()).isBlank();
            blocks.add(new Block(matcher.group(1), matcher.group(2), follows));
            end = matcher.end();
        }
        return blocks;
    }
}
