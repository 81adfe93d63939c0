package org.keepwell.wallet.screen

/** A word as it stands in the text, without the number before it. */
internal object Written {
    private val word = Regex("[\\p{L}\\p{M}][^\\s,;、，]*")

    fun findIn(text: String): Sequence<MatchResult> = word.findAll(text)
}
