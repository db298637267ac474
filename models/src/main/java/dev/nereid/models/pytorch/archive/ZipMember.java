package dev.nereid.models.pytorch.archive;

/**
 * An entry of a zip file, as its central directory has it.
 *
 * @param name with its folders
 * @param headerOffset where the entry's local header starts
 */
record ZipMember(String name, boolean deflated, long compressedSize, long size, long headerOffset) {}
