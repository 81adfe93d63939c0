package org.keepwell.app.screens

import org.keepwell.app.Pages
import org.keepwell.app.Phone

/** A phone that does nothing. */
internal class PreviewPhone(override val canChooseLanguage: Boolean = true, override val showsNotices: Boolean = true) : Phone {
    override val version = "0.2.0"
    override val system = "Android 15"
    override val model = "Phone 1"
    override val hasBiometrics = true
    override val language: String? = null

    override suspend fun openPages(pdf: ByteArray): Pages? = null
    override fun chooseCopy(fileName: String) = Unit
    override fun chooseLanguage(tag: String?) = Unit
    override fun openLanguageSettings() = Unit
    override fun openNoticeSettings() = Unit
    override fun print(pdf: ByteArray) = Unit
    override fun send(text: String) = Unit
}
