package org.keepwell.app

import androidx.compose.ui.graphics.ImageBitmap

/** What the pages of the settings ask of the phone. */
interface Phone {
    /** The version of this app. */
    val version: String

    /** The version of the phone's system. */
    val system: String

    /** Maker and model of the phone. */
    val model: String

    /** The language that was chosen for this app, as its tag; null for that of the phone. */
    val language: String?

    /** Whether a language can be chosen for this app alone. */
    val canChooseLanguage: Boolean

    /** Whether it knows a finger or a face that is safe enough to open the records. */
    val hasBiometrics: Boolean

    /** Reads a PDF; null where these bytes are none that can be shown. */
    suspend fun openPages(pdf: ByteArray): Pages?

    /** Lets the person choose where a copy of a file goes. */
    fun chooseCopy(fileName: String)

    /** Chooses it; null for that of the phone. What is on the screen is drawn anew. */
    fun chooseLanguage(tag: String?)

    /** Leads to the phone's settings of languages. */
    fun openLanguageSettings()

    /** Whether the phone shows notices of this app now. */
    val showsNotices: Boolean

    /** Leads to the phone's settings of this app's notifications. */
    fun openNoticeSettings()

    /** Opens the phone's own printing, which gets a copy of the PDF. */
    fun print(pdf: ByteArray)

    /** Hands a text to an app that the person picks. */
    fun send(text: String)
}

/** The pages of a PDF, until this is closed. */
interface Pages : AutoCloseable {
    val count: Int

    /** A page so many pixels wide; null where it can't be drawn. */
    suspend fun draw(page: Int, width: Int): ImageBitmap?
}
