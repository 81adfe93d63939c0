package org.keepwell.app

import android.app.Activity
import android.app.Application
import android.os.Bundle
import androidx.annotation.StringRes
import java.io.File
import java.io.FileNotFoundException
import java.lang.ref.WeakReference
import java.time.InstantSource
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import org.keepwell.DeviceKeyPurpose
import org.keepwell.WalletConfig
import org.keepwell.android.BiometricCipherPrompt
import org.keepwell.android.KeystoreDeviceKey
import org.keepwell.android.SendingJobs
import org.keepwell.app.background.AndroidNotices
import org.keepwell.app.background.JobReminderSchedule
import org.keepwell.app.background.JobSendingSchedule
import org.keepwell.app.background.PreferenceWishes
import org.keepwell.app.background.RefreshJob
import org.keepwell.app.background.RefreshOwner
import org.keepwell.app.background.ReminderOwner
import org.keepwell.app.background.SendingJob
import org.keepwell.app.background.SendingOwner
import org.keepwell.platform.HealthConnectSource
import org.keepwell.readConnection
import org.keepwell.wallet.background.BackgroundSending
import org.keepwell.wallet.model.Deed
import org.keepwell.wallet.background.EndReminders
import org.keepwell.wallet.background.ReadNotices
import org.keepwell.wallet.background.SourceRefresh
import org.keepwell.wallet.rust.RustWallet

/** The app over the real wallet: its files out of every backup, its key in the phone's Keystore. */
class KeepwellApplication : Application(), WalletOwner, SendingOwner, RefreshOwner, ReminderOwner {
    private val front = FrontActivity()
    private val scope = MainScope()

    /** What is done when the phone asks who holds it. */
    @Volatile
    private var deed = Deed.OPEN

    override val clock: InstantSource = InstantSource.system()

    override val wallet by lazy {
        val prompt = BiometricCipherPrompt({ getString(deed.title) }, { getString(R.string.cancel) }, front::activity) { purpose -> subtitle(purpose) }
        val builtIn = builtInConnection()
        val config = WalletConfig(
            File(noBackupFilesDir, "wallet").path,
            KeystoreDeviceKey(this, prompt),
            // Only an app that was built for a demonstration takes part in one; no code can make it.
            acceptDemonstrationLedger = builtIn?.let { readConnection(it).isDemonstration } ?: false,
        )
        RustWallet(config, scope, builtIn) { deed = it }
    }

    /** Beside the PIN it is the same question for all; for a finger that is to open from now on it comes as well. */
    private fun subtitle(purpose: DeviceKeyPurpose): String? = when {
        purpose == DeviceKeyPurpose.PIN -> getString(R.string.prompt_beside_pin)
        deed == Deed.SWITCH_ON_BIOMETRICS -> getString(R.string.prompt_which)
        else -> null
    }

    /** The connection that the app was built with: `connection.json` among its assets, where there is one. */
    private fun builtInConnection(): ByteArray? = try {
        assets.open("connection.json").use { it.readBytes() }
    } catch (_: FileNotFoundException) {
        null
    }

    override val sendingJobs by lazy { SendingJobs(this, SendingJob::class.java) }

    override val wishes by lazy { PreferenceWishes(this) }

    override val health by lazy { HealthConnectSource(this) }

    private val notices by lazy { AndroidNotices(this) }

    override val sending by lazy {
        BackgroundSending(wallet, JobSendingSchedule(sendingJobs), notices, wishes.now) { front.activity() != null }
    }

    override val refreshJobs by lazy { SendingJobs(this, RefreshJob::class.java, RefreshJob.JOB) }

    override val refresh by lazy { SourceRefresh(wallet, JobSendingSchedule(refreshJobs), front.isSeen, clock) }

    override val reminders by lazy { JobReminderSchedule(this, notices, clock) }

    override fun onCreate() {
        super.onCreate()
        registerActivityLifecycleCallbacks(front)
        scope.launch { sending.follow() }
        scope.launch { refresh.follow() }
        scope.launch { EndReminders(wallet, wishes.now, reminders, clock).follow() }
        scope.launch { ReadNotices(wallet.consent, wishes.now, notices).follow() }
    }

    /** Knows the activity in front, for prompts, and whether one is seen. */
    private class FrontActivity : ActivityLifecycleCallbacks {
        private var present = WeakReference<Activity>(null)
        private val seen = MutableStateFlow(false)

        /** Whether the app is on the screen; it has one activity. */
        val isSeen: StateFlow<Boolean> = seen.asStateFlow()

        fun activity(): Activity? = present.get()

        override fun onActivityResumed(activity: Activity) {
            present = WeakReference(activity)
        }

        override fun onActivityPaused(activity: Activity) {
            if (present.get() === activity) present.clear()
        }

        override fun onActivityStarted(activity: Activity) {
            seen.value = true
        }

        override fun onActivityStopped(activity: Activity) {
            seen.value = false
        }

        override fun onActivityCreated(activity: Activity, savedInstanceState: Bundle?) = Unit
        override fun onActivitySaveInstanceState(activity: Activity, outState: Bundle) = Unit
        override fun onActivityDestroyed(activity: Activity) = Unit
    }
}

/** What the phone's question says is done. */
@get:StringRes
private val Deed.title: Int
    get() = when (this) {
        Deed.OPEN -> R.string.prompt_title
        Deed.PROTECT -> R.string.prompt_protect
        Deed.CONNECT -> R.string.connect_action
        Deed.SEE_WORDS -> R.string.see_words_title
        Deed.GIVE_ACCESS -> R.string.confirm_action
        Deed.EXTEND_ACCESS -> R.string.extend_action
        Deed.SHARE_FOR_LONG -> R.string.share_title
        Deed.CHANGE_PIN -> R.string.change_pin_title
        Deed.SWITCH_ON_BIOMETRICS -> R.string.biometrics_title
        Deed.SAVE_RECORDS -> R.string.export_title
        Deed.PRINT_RECORDS -> R.string.print_title
        Deed.ERASE -> R.string.erase_title
    }
