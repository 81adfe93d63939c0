package org.keepwell.app.background

import android.app.Application
import android.app.Notification
import android.app.NotificationManager
import android.app.job.JobInfo
import android.app.job.JobScheduler
import android.content.pm.ActivityInfo
import androidx.test.core.app.ApplicationProvider
import java.io.File
import java.time.Duration
import java.time.Instant
import java.time.InstantSource
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.app.FakeApplication
import org.keepwell.wallet.background.EndReminder
import org.keepwell.wallet.background.NoticeWishes
import org.keepwell.wallet.model.ClinicRead
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowLooper.idleMainLooper

/** A phone whose clock can be turned. */
class RemindingApplication : Application(), ReminderOwner {
    var now: Instant = FakeApplication.NOW
    val notices by lazy { AndroidNotices(this) }
    override val reminders by lazy { JobReminderSchedule(this, notices, InstantSource { now }) }
}

/** What is said before an access ends and after a clinic has read, by the framework's own scheduler and notifications. */
@RunWith(RobolectricTestRunner::class)
@Config(application = RemindingApplication::class, sdk = [34, 35], qualifiers = "en")
class ReminderJobTest {
    private val app = ApplicationProvider.getApplicationContext<RemindingApplication>()
    private val scheduler = checkNotNull(app.getSystemService(JobScheduler::class.java))
    private val manager = checkNotNull(app.getSystemService(NotificationManager::class.java))
    private val shown get() = shadowOf(manager).allNotifications
    private val pending: JobInfo? get() = scheduler.getPendingJob(JobReminderSchedule.JOB)
    private val file = File(app.noBackupFilesDir, "reminders")

    private fun inDays(days: Long, clinicName: String? = null) = EndReminder(FakeApplication.NOW + Duration.ofDays(days), clinicName)

    /** Runs the job as the system does, when the clock shows this. */
    private fun runsAt(now: Instant) {
        app.now = now
        val service = Robolectric.setupService(ReminderJob::class.java)
        assertFalse(service.onStartJob(shadowJob()))
        idleMainLooper()
    }

    private fun shadowJob() = android.app.job.JobParameters(
        null, null, JobReminderSchedule.JOB, android.os.PersistableBundle(), null, null, 0, false, false, false, null, null, null,
    )

    @Test
    fun `the next end is planned, over a restart of the phone, and the system learns only when`() {
        app.reminders.plan(listOf(inDays(3, "Northside"), inDays(10)))
        val job = assertNotNull(pending)
        assertTrue(job.isPersisted)
        assertEquals(Duration.ofDays(3).toMillis(), job.minLatencyMillis)
        assertTrue(job.maxExecutionDelayMillis > job.minLatencyMillis, "not to the minute")
        assertTrue(job.extras.isEmpty)
        assertNull(job.requiredNetwork)
        val service = app.packageManager.getServiceInfo(job.service, 0)
        assertFalse(service.exported)
        app.reminders.plan(emptyList())
        assertNull(pending)
        assertFalse(file.exists())
    }

    @Test
    fun `it is said a day before without a name, and then the next is planned`() {
        app.reminders.plan(listOf(inDays(3), inDays(10)))
        assertFalse("Northside" in file.readText())
        runsAt(inDays(3).time)
        val notice = shown.single()
        assertEquals("An access that you gave ends within a day.", notice.title)
        assertEquals(Notification.VISIBILITY_PRIVATE, notice.visibility)
        assertEquals("Keepwell has news for you", notice.publicVersion.title)
        assertEquals(Duration.ofDays(7).toMillis(), pending?.minLatencyMillis)
        runsAt(inDays(3).time)
        assertEquals(1, shown.size, "it is said once")
    }

    @Test
    fun `with its name where that was wished, and as a number where there are several`() {
        app.reminders.plan(listOf(inDays(3, "Northside"), inDays(10, "Northside"), inDays(10, "Harbour")))
        runsAt(inDays(3).time)
        assertEquals("The access of Northside ends within a day.", shown.single().title)
        assertEquals("Keepwell has news for you", shown.single().publicVersion.title)
        runsAt(inDays(10).time)
        assertEquals("2 accesses end within a day.", shown.single().title)
        assertNull(pending)
        assertFalse(file.exists())
    }

    @Test
    fun `a phone that was off until it was over says nothing`() {
        app.reminders.plan(listOf(inDays(3), inDays(10)))
        runsAt(inDays(4).time + Duration.ofMinutes(1))
        assertTrue(shown.isEmpty())
        assertNotNull(pending)
    }

    @Test
    fun `a clock that was turned back is waited for again`() {
        app.reminders.plan(listOf(inDays(3)))
        runsAt(FakeApplication.NOW - Duration.ofDays(3_650))
        assertTrue(shown.isEmpty())
        assertEquals(Duration.ofDays(3_653).toMillis(), pending?.minLatencyMillis)
    }

    @Test
    fun `a file that was damaged, or is another's, is nothing`() {
        for (text in listOf("", "\u0000\u0000", "soon Northside", "99999999999999999999 x")) {
            file.writeText(text)
            runsAt(inDays(3).time)
            assertTrue(shown.isEmpty())
            assertNull(pending)
        }
    }

    @Test
    fun `what was read is counted up, for each clinic that may be named, in one group`() {
        app.notices.read(ClinicRead("Northside", 12))
        app.notices.read(ClinicRead("Northside", 3))
        app.notices.read(ClinicRead("Harbour", 1))
        app.notices.read(ClinicRead(null, 2))
        app.notices.read(ClinicRead(null, 1, isProved = false))
        app.notices.read(ClinicRead("Harbour", 4, isProved = false))
        val (summaries, notices) = shown.partition { it.flags and Notification.FLAG_GROUP_SUMMARY != 0 }
        assertEquals("Clinics have read your records", summaries.single().title)
        assertEquals(
            setOf(
                "Northside has read 15 of your records.", "Harbour has read 1 of your records.",
                "2 of your records were read under an access that you gave.",
                "1 of your records is said to have been read. Nothing proves it.",
                "Harbour is said to have read 4 of your records. Nothing proves it.",
            ),
            notices.map { it.title }.toSet(),
        )
        assertEquals(1, shown.map { it.group }.toSet().size)
        for (notice in shown) {
            assertEquals(Notification.VISIBILITY_PRIVATE, notice.visibility)
            assertEquals("Keepwell has news for you", notice.publicVersion.title)
            assertFalse("Northside" in notice.publicVersion.extras.toString())
            val opens = shadowOf(notice.contentIntent).savedIntent
            assertEquals("org.keepwell.app.MainActivity", opens.component?.className)
            assertEquals(
                ActivityInfo.LAUNCH_SINGLE_TASK, app.packageManager.getActivityInfo(checkNotNull(opens.component), 0).launchMode,
            )
        }
    }

    @Test
    fun `the phone's settings can silence each kind by itself`() {
        app.notices.unsent(1)
        app.notices.endsSoon(1, null)
        app.notices.read(ClinicRead(null, 1))
        assertEquals(setOf("decisions", "ends", "reads"), manager.notificationChannels.map { it.id }.toSet())
    }

    @Test
    fun `wishes are kept`() {
        val wished = NoticeWishes(tellsSending = false, tellsEnds = false, tellsReads = false, namesClinics = true)
        PreferenceWishes(app).set(wished)
        assertEquals(wished, PreferenceWishes(app).now.value)
        assertTrue(NoticeWishes() == NoticeWishes(true, true, true, false), "no clinic is named unless that is wished")
    }

    /** As it is seen: the marks that keep a name apart from its sentence have no shape. */
    private val Notification.title get() = extras.getString(Notification.EXTRA_TITLE)?.replace(Regex("[\u2068\u2069]"), "")
}
