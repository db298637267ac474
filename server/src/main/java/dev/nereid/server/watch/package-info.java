/**
 * Files that are read again when they change while the server runs. Depends on nothing of the project.
 */
@NullMarked
package dev.nereid.server.watch;

import org.jspecify.annotations.NullMarked;
