package org.keepwell.app

import android.app.Activity
import android.app.LocaleManager
import android.app.NotificationManager
import android.content.ActivityNotFoundException
import android.content.Intent
import android.hardware.biometrics.BiometricManager
import android.os.Build
import android.os.LocaleList
import android.print.PrintJob
import android.print.PrintManager
import android.provider.Settings
import android.widget.Toast
import androidx.activity.result.ActivityResultLauncher
import androidx.annotation.RequiresApi
import androidx.compose.ui.graphics.asImageBitmap
import org.keepwell.platform.PdfPages
import org.keepwell.platform.PdfPrintout

/** The phone as Android gives it; a language for one app alone there is since 13. */
class AndroidPhone(private val activity: Activity, private val copyPicker: ActivityResultLauncher<String>) : Phone {
    override val version: String get() = activity.packageManager.getPackageInfo(activity.packageName, 0).versionName.orEmpty()

    override val system get() = "Android ${Build.VERSION.RELEASE}"

    override val model get() = "${Build.MANUFACTURER} ${Build.MODEL}"

    override val canChooseLanguage get() = Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU

    override val language: String?
        get() = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) {
            locales().applicationLocales.takeIf { !it.isEmpty }?.get(0)?.language
        } else {
            null
        }

    override val hasBiometrics: Boolean
        get() = when {
            Build.VERSION.SDK_INT >= Build.VERSION_CODES.R ->
                biometrics()?.canAuthenticate(BiometricManager.Authenticators.BIOMETRIC_STRONG) == BiometricManager.BIOMETRIC_SUCCESS
            // Android 10 does not tell how safe it is, and Android 9 not even whether there is one: the settings find out.
            else -> false
        }

    override suspend fun openPages(pdf: ByteArray): Pages? {
        val opened = PdfPages.open(activity, pdf) ?: return null
        return object : Pages, AutoCloseable by opened {
            override val count get() = opened.count

            override suspend fun draw(page: Int, width: Int) = opened.draw(page, width)?.asImageBitmap()
        }
    }

    override fun chooseCopy(fileName: String) = try {
        copyPicker.launch(fileName)
    } catch (_: ActivityNotFoundException) {
        Toast.makeText(activity, R.string.phone_cannot, Toast.LENGTH_LONG).show()
    }

    override fun chooseLanguage(tag: String?) {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU) return
        locales().applicationLocales = if (tag == null) LocaleList.getEmptyLocaleList() else LocaleList.forLanguageTags(tag)
    }

    override fun openLanguageSettings() = open(Intent(Settings.ACTION_LOCALE_SETTINGS))

    override val showsNotices get() = checkNotNull(activity.getSystemService(NotificationManager::class.java)).areNotificationsEnabled()

    override fun openNoticeSettings() =
        open(Intent(Settings.ACTION_APP_NOTIFICATION_SETTINGS).putExtra(Settings.EXTRA_APP_PACKAGE, activity.packageName))

    override fun print(pdf: ByteArray) {
        val printout = PdfPrintout(pdf)
        val job: PrintJob? = activity.getSystemService(PrintManager::class.java)?.print(activity.getString(R.string.app_name), printout, null)
        if (job != null) return
        // A phone whose maker left this out.
        printout.onFinish()
        Toast.makeText(activity, R.string.phone_cannot, Toast.LENGTH_LONG).show()
    }

    override fun send(text: String) =
        open(Intent.createChooser(Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text), null))

    @RequiresApi(Build.VERSION_CODES.R)
    private fun biometrics(): BiometricManager? = activity.getSystemService(BiometricManager::class.java)

    @RequiresApi(Build.VERSION_CODES.TIRAMISU)
    private fun locales(): LocaleManager = checkNotNull(activity.getSystemService(LocaleManager::class.java))

    private fun open(intent: Intent) = try {
        activity.startActivity(intent)
    } catch (_: ActivityNotFoundException) {
        // A phone whose maker left this out.
        Toast.makeText(activity, R.string.phone_cannot, Toast.LENGTH_LONG).show()
    }
}
