/** Folders of this machine's file system: temporary ones, and trees of them. Depends on nothing of the project. */
@NullMarked
package dev.nereid.files;

import org.jspecify.annotations.NullMarked;
