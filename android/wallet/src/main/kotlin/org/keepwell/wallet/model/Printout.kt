package org.keepwell.wallet.model

/** Records as a PDF for people, in memory alone; whoever lets go of it erases it. */
class Printout(private val pdf: ByteArray) {
    /** The PDF, to be handed to the phone's own printing, which makes a copy. */
    fun expose(): ByteArray = pdf

    /** Overwrites it. */
    fun erase() = pdf.fill(0)

    override fun toString() = "Printout(..)"
}
